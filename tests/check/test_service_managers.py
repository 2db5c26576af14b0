"""What launchd and OpenRC keep running, and scripts of fish, are read as they read them."""

from __future__ import annotations

import time

import pytest

from tests.support.checking import check
from wizard.check.analysis import Analysis
from wizard.check.findings import words
from wizard.check.fixing import mend
from wizard.observed.source import Source

PLIST = """\
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>com.example.llama</string>
  <key>ProgramArguments</key>
  <array>
    <string>/opt/homebrew/bin/llama-server</string>
    <string>-m</string>
    <string>/Users/Shared/R&amp;D/a.gguf</string>
    <!-- <string>--api-key-file</string><string>/etc/k</string> -->
    <string>--host</string>
    <string>{}</string>
    <string>--port</string>
    <string>8080</string>{}
  </array>
  <key>EnvironmentVariables</key>
  <dict>
    <key>{}</key>
    <string>8d1f6a02c7</string>
  </dict>
  <key>KeepAlive</key>
  <true/>
</dict>
</plist>
"""
SAFE = "".join(
    f"\n    <string>{word}</string>"
    for word in ("--cors-origins", "https://a.example", "--cors-headers", "authorization,content-type")
)
OPENRC = """\
#!/sbin/openrc-run
name="TensorFlow Serving"
: ${{PORT:=8501}}
PORT=8501
command="/usr/bin/tensorflow_model_server"
command_args="--rest_api_port=${{PORT}} --model_name=cat --model_base_path={}"
command_user="tf"
depend() {{
    need net
}}
"""
FISH = """\
#!/usr/bin/env fish
set -gx LLAMA_ARG_HOST {}
set -x {} 8d1f6a02c7
set port 8080
set flags -c 4096 --no-webui
test -f m.gguf; and llama-server -m (pwd)/m.gguf --port $port {}
"""


def said(name: str, text: str) -> set[tuple[int | None, str]]:
    """(line, rule) of what is found, the same where the name is not known."""
    (report,) = check([Source(name, text)])
    found = {(line.line, line.id) for line in words(report) if line.counts and line.severity != "info"}
    (piped,) = check([Source("-", text)])
    assert found == {(line.line, line.id) for line in words(piped) if line.counts and line.severity != "info"}
    return found


def test_a_property_list_is_read_word_by_word() -> None:
    text = PLIST.format("0.0.0.0", "\n    <string>--prt</string>", "LLAMA_ARG_API_KEY")
    assert said("com.example.llama.plist", text) == {(12, "LS-OPEN"), (16, "LS-FLAG-MISSPELT"), (20, "LS-ENV-KEY")}
    assert said("x.plist", PLIST.format("127.0.0.1", SAFE, "LLAMA_API_KEY")) == set()
    analysis = Analysis()
    analysis.add(Source("x.plist", PLIST.format("127.0.0.1", SAFE, "LLAMA_API_KEY")))
    analysis.reports()
    assert ("--model", "/Users/Shared/R&D/a.gguf") in {
        (each.name, each.value) for each in analysis.observed[0].settings
    }


def test_its_xml_is_left_alone() -> None:
    text = PLIST.format("0.0.0.0", "\n    <string>-fa</string>", "LLAMA_ARG_API_KEY")
    (result,) = mend([Source("x.plist", text)], lambda _: None)
    assert not result.changed and len(result.left) > 1


def test_a_script_of_openrc_names_a_command() -> None:
    assert said("tensorflow-serving", OPENRC.format("/srv/cat")) == {(5, "TFS-OPEN"), (6, "TFS-OPEN")}
    assert (6, "TFS-BASE-RELATIVE") in said("tensorflow-serving", OPENRC.format("cat"))


def test_a_script_of_fish_sets_variables_its_own_way() -> None:
    safe = "--cors-origins https://a.example --cors-headers authorization,content-type"
    assert said("serve.fish", FISH.format("127.0.0.1", "LLAMA_API_KEY", safe)) == set()
    assert (3, "LS-ENV-KEY") in said("serve.fish", FISH.format("127.0.0.1", "LLAMA_ARG_API_KEY", safe))
    plain = FISH.replace("set flags -c 4096 --no-webui\n", "").format("0.0.0.0", "OTHER", "")
    assert (2, "LS-OPEN") in said("serve.fish", plain)


@pytest.mark.parametrize(
    "text",
    [
        "<key>ProgramArguments</key><array><string>llama-server</string>" * 30_000,
        "<key>Program</key>" + "<!-- " * 300_000 + "llama-server",
        "<key>Program</key><string>" + "&amp;" * 200_000 + "llama-server",
        "#!/sbin/openrc-run\n" + 'command="llama-server ${command}"\n' * 5_000,
        "#!/usr/bin/fish\nllama-server " + "(" * 200_000 + "\n" + "set -x a " * 50_000,
    ],
)  # fmt: skip
def test_none_of_them_takes_long(text: str) -> None:
    began = time.process_time()
    check([Source("x.fish" if "fish" in text[:20] else "x", text)])
    assert time.process_time() - began < 20
