"""What is read of llama-server's command lines, variables and lists of models, and what it amounts to."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.checking import check
from wizard.check.analysis import Analysis
from wizard.check.findings import words
from wizard.check.fixing import mend
from wizard.check.importing import ImportedAnswers, draft
from wizard.observed.seen import Observed
from wizard.observed.source import Source
from wizard.plan import answers

HEADERS = "--cors-headers authorization,content-type"
ITEMS = "\n      - -m\n      - /m.gguf\n      - "
HEAD = "# llama.cpp b11669\nllama-server -m /srv/m.gguf --port 8080 "


def said(name: str, text: str, *others: Source) -> list[tuple[int | None, str]]:
    """(line, rule) of everything that is more than a matter of style."""
    files = {source.path: source for source in (Source(name, text), *others)}
    first, *_ = check(files.values(), files.get)
    return [(line.line, line.id) for line in words(first) if line.counts and line.severity != "info"]


def script(flags: str) -> list[str]:
    return [rule for _, rule in said("serve.sh", f"{HEAD}{flags}\n")]


def observed(name: str, text: str, *others: Source) -> Observed:
    return read(name, text, *others).observed[0]


def read(name: str, text: str, *others: Source) -> Analysis:
    files = {source.path: source for source in (Source(name, text), *others)}
    analysis = Analysis(files.get)
    for source in files.values():
        analysis.add(source)
    analysis.reports()
    return analysis


@pytest.mark.parametrize(
    ("line", "address", "port"),
    [
        ("llama-server -m x.gguf --port 8080", "127.0.0.1", 8080),
        ("./build/bin/llama-server -m x.gguf --port 1 --host 0.0.0.0", "0.0.0.0", 1),
        ("llama serve -m x.gguf --host :: --port 2", "::", 2),
        ("LLAMA_ARG_HOST=0.0.0.0 LLAMA_ARG_PORT=3 llama-server -m x.gguf", "0.0.0.0", 3),
        ("LLAMA_ARG_PORT=3 llama-server -m x.gguf --port 4 --port 5", "127.0.0.1", 5),
        ("llama-server -m x.gguf --host '*' --port 6", "::1", 6),
        ("docker run ghcr.io/ggml-org/llama.cpp:server-b10434 -m x.gguf", "0.0.0.0", 8080),
        ("docker run ghcr.io/ggml-org/llama.cpp:server-cuda-b11669 -m x.gguf", "0.0.0.0", 9931),
        ("docker run ghcr.io/ggml-org/llama.cpp:full-b10434 --server -m x.gguf", "127.0.0.1", 8080),
        ("docker run -e LLAMA_ARG_HOST=:: ghcr.io/ggml-org/llama.cpp:server-b10434 -m x.gguf", "::", 8080),
        ("docker run -p 9931:9931 ghcr.io/ggml-org/llama.cpp:server -m x.gguf", "0.0.0.0", 9931),
    ],
)
def test_where_it_listens(line: str, address: str, port: int) -> None:
    (listener,) = observed("serve.sh", f"{line}\n").listeners
    assert (listener.address, listener.port) == (address, port)


@pytest.mark.parametrize(
    "line",
    [
        "llama-server --version",
        "llama-cli -m x.gguf",
        "llama run x.gguf",
        "docker run ghcr.io/ggml-org/llama.cpp:light-b10434 -m x.gguf",
        "docker run ghcr.io/ggml-org/llama.cpp:full-b10434 --convert /models",
        "pkill llama-server",
        "curl http://llama.cpp:8080/health",
    ],
)
def test_what_starts_no_server(line: str) -> None:
    assert not read("serve.sh", f"{line}\n").observed


@pytest.mark.parametrize(
    ("flags", "rules"),
    [
        ("--api-key-file k", []),
        ("--api-key '' --api-key s3cr3t-9f", []),
        ("--api-key dummy", ["LS-KEY-WORD"]),
        ("--api-key ''", ["LS-KEY-EMPTY"]),
        ("--api-key ''", ["LS-KEY-EMPTY"]),
        ("--api-key", ["LS-VALUE-MISSING"]),
        ("--api-key-file k --host", ["LS-VALUE-MISSING"]),
        ('--api-key "$KEY"', []),
        ("--host 0.0.0.0", ["LS-OPEN"]),
        ("--host 0.0.0.0 --api-key-file k", []),
        ("--host 192.0.2.7", ["LS-OPEN"]),
        ("--host 0.0.0.0 -fa", ["LS-OPEN", "LS-VALUE-MISSING"]),
        ("--agent", ["LS-TOOLS"]),
        ("--agent --no-agent", ["LS-NO-KEY"]),
        ("--host /run/x.sock", []),
        ("$EXTRA_FLAGS", []),
        ("--ui-mcp-proxy", ["LS-POWER"]),
        ("--api-key-file k --host localhost", []),
        ("--api-key-file k --host [::1]", ["LS-HOST-REFUSED"]),
        ("--api-key-file k -host 127.0.0.1", ["LS-FLAG-MISSPELT"]),
        ("--api-key-file k --temp 0,7", ["LS-VALUE-CUT"]),
        ("--api-key-file k --parallel ٤", ["LS-VALUE"]),
        ("--api-key-file k --temp ٠.٥", ["LS-VALUE"]),
        ("--api-key-file k -ngl all -fa true -t -1 --log-colors auto", []),
        ("--api-key-file k --api-key-flie x", ["LS-FLAG-MISSPELT"]),
    ],
)
def test_what_is_said_of_flags(flags: str, rules: list[str]) -> None:
    assert script(flags) == rules


def test_files_of_variables_belong_to_who_reads_them() -> None:
    env = Source("llama.env", "LLAMA_ARG_MODEL=/models/x.gguf\nLLAMA_ARG_API_KEY=9f1c\nLLAMA_ARG_HOST=0.0.0.0\n")
    compose = (
        "services:\n  llama:\n    image: ghcr.io/ggml-org/llama.cpp:server-b10434\n"
        '    ports: ["127.0.0.1:8080:8080"]\n    env_file: [llama.env]\n'
    )
    files = {"compose.yaml": Source("compose.yaml", compose), "llama.env": env}
    reports = check(files.values(), files.get)
    found = [(report.source.name, line.line, line.id) for report in reports for line in words(report)]
    assert found == [("llama.env", 2, "LS-ENV-KEY")], "the address is the container's; the port is loopback's"


COMPOSE = (
    "services:\n  l:\n    image: ghcr.io/ggml-org/llama.cpp:server-b10434\n    env_file: l.env\n"
    "    environment: {LLAMA_ARG_PORT: 8001}\n"
)


def test_a_unit_with_a_file_of_variables() -> None:
    unit = "[Service]\nUser=llama\nEnvironmentFile=-llama.env\nExecStart=/usr/bin/llama-server --port 8080\n"
    env = Source("llama.env", "LLAMA_ARG_MODEL=/srv/x.gguf\nLLAMA_ARG_HOST=0.0.0.0\n")
    files = {"l.service": Source("l.service", unit), "llama.env": env}
    reports = check(files.values(), files.get)
    found = [(report.source.name, line.line, line.id) for report in reports for line in words(report)]
    assert found == [("llama.env", 2, "LS-OPEN")]
    assert said("l.service", unit) == [], "what the file says is not known"


def test_the_file_wins_over_the_unit_and_the_service_over_the_file() -> None:
    """systemd.exec: settings from these files override settings made with Environment=."""
    for name, begin, wins in (
        ("l.service", "[Service]\nUser=l\nEnvironment=LLAMA_ARG_PORT=8001\nEnvironmentFile=/etc/l.env\n", 9001),
        ("compose.yml", COMPOSE, 8001),
    ):
        unit = f"{begin}ExecStart=/usr/bin/llama-server -m /m.gguf\n" if name == "l.service" else begin
        analysis = Analysis({"l.env": Source("l.env", "LLAMA_ARG_PORT=9001\n")}.get)
        analysis.add(Source(name, unit))
        analysis.reports()
        (observed,) = analysis.observed
        assert [each.port for each in observed.listeners] == [wins]


def test_a_list_of_models_is_read_with_the_start_that_names_it() -> None:
    start = "# llama.cpp b11669\nllama-server --models-preset models.ini --port 8080 --api-key-file k\n"
    models = Source("models.ini", "[a]\nmodel = /srv/a.gguf\nmlock = on\n")
    files = {"serve.sh": Source("serve.sh", start), "models.ini": models}
    reports = check(files.values(), files.get)
    assert [(r.source.name, line.id) for r in reports for line in words(r) if line.severity != "info"] == [
        ("models.ini", "LS-PRESET-GONE")
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("--ctx-size=4096", "--ctx-size 4096"),
        ("--Ctx-Size 4096", "--ctx-size 4096"),
        ("-fa -ngl 9", "-fa on -ngl 9"),
        ("-fa", "-fa on"),
        ("\u2013ctx-size 64 \u2013\u2013jinja", "--ctx-size 64 --jinja"),
        ("\u2014ctx-size 4096", "--ctx-size 4096"),
        ("--cors-origins https://App.example/ --cors-headers authorization", None),
        ("--cors-origins https://a.example", f"--cors-origins https://a.example {HEADERS}"),
    ],
)
def test_what_is_beyond_doubt_is_mended(before: str, after: str | None) -> None:
    (result,) = mend([Source("serve.sh", f"{HEAD}--api-key-file k {before}\n")], lambda _: None)
    wanted = after or "--cors-origins https://app.example --cors-headers authorization"
    assert result.text == f"{HEAD}--api-key-file k {wanted}\n"
    (again,) = mend([Source("serve.sh", result.text)], lambda _: None)
    assert not again.changed


@pytest.mark.parametrize(
    ("command", "mended"),
    [
        ('["-m", "/m.gguf", "--ctx-size=64"]', '["-m", "/m.gguf", "--ctx-size", "64"]'),
        (ITEMS + "--ctx-size=64", ITEMS + "--ctx-size\n      - 64"),
        ('["llama-server", "-m", "/m.gguf"]', '["-m", "/m.gguf"]'),
        ("llama-server -m /m.gguf", "-m /m.gguf"),
        ('["-fa", "-m", "/m.gguf"]', '["-fa", "on", "-m", "/m.gguf"]'),
    ],
)
def test_lists_stay_lists(command: str, mended: str) -> None:
    head = (
        "services:\n  llama:\n    image: ghcr.io/ggml-org/llama.cpp:server-b10434\n"
        '    ports: ["127.0.0.1:8080:8080"]\n    environment: ["LLAMA_API_KEY=${KEY:?}"]\n    command: '
    )
    (result,) = mend([Source("compose.yaml", f"{head}{command}\n")], lambda _: None)
    assert result.text == f"{head}{mended}\n"


def made(name: str, text: str, *others: Source) -> ImportedAnswers:
    found = draft(read(name, text, *others))
    answers.validate(found.data)
    return found


def test_a_compose_file_as_answers() -> None:
    text = (
        "services:\n  llama:\n    image: ghcr.io/ggml-org/llama.cpp:server-b10434\n    ports: ['8001:8080']\n"
        "    volumes: ['./models:/models:ro']\n"
        "    command: -m /models/qwen.gguf --cors-origins https://a.example,https://b.example --api-key x"
        " --metrics -ngl 9\n"
    )
    found = made("d/compose.yaml", text)
    data: dict[str, Any] = found.data
    assert (data["server"], data["version"], data["run"]) == ("llama-server", "b10434", {"how": "docker"})
    assert data["models"] == [{"name": "qwen", "path": "d/models/qwen.gguf"}]
    assert data["bind"]["inference"] == {"scope": "all", "port": 8001}
    assert data["auth"] == {"inference": "server-token"}
    assert data["cors"]["inference"] == {"origins": ["https://a.example", "https://b.example"]}
    assert data["settings"] == {"gpu_layers": 9}


def test_a_router_as_answers() -> None:
    models = Source("models.ini", "[*]\nctx-size = 64\n[a]\nmodel = /srv/a.gguf\n[b/c]\nmodel = /srv/b.gguf\n")
    found = made("serve.sh", "llama-server --models-preset models.ini --port 8080\n", models)
    assert found.data["models"] == [{"name": "a", "path": "/srv/a.gguf"}, {"name": "b-c", "path": "/srv/b.gguf"}]
    assert found.data["run"] == {"how": "native"}


def test_settings_in_force_and_what_shadows_them() -> None:
    found = observed("serve.sh", "LLAMA_ARG_PORT=1 LLAMA_API_KEY=hidden llama-server -m a.gguf --port 2 --port 3\n")
    rows = {(each.name, each.value): each.counts for each in found.settings}
    assert rows[("LLAMA_ARG_PORT", "1")] is False and rows[("--port", "2")] is False and rows[("--port", "3")]
    assert rows[("LLAMA_API_KEY", "***")], "keys add up, and are not shown"


def test_a_list_of_models_says_what_the_command_line_and_each_section_override() -> None:
    text = "[*]\nctx-size = 256\nparallel = 2\n[a]\nmodel = a.gguf\nctx-size = 200\nparallel = 1\n"
    for more, by in ((" --ctx-size 128", "the flag --ctx-size"), ("", "each section's own")):
        files = {"p.ini": Source("p.ini", text)}
        analysis = Analysis(files.get)
        analysis.add(Source("serve.sh", f"llama-server --models-preset p.ini --port 1{more}\n"))
        analysis.reports()
        (found,) = analysis.observed
        rows = {each.name: each.shadowed_by for each in found.settings}
        assert rows["[*] ctx-size"] == by and rows["[a] ctx-size"] == (by if more else "")
        assert rows["[*] parallel"] == "each section's own" and not rows["[a] parallel"] and not rows["[a] model"]


ODD = "odd id/with blank"


@pytest.mark.parametrize(
    ("flags", "models", "said"),
    [
        (
            f"-hf '{ODD}'",
            None,
            f"--hf-repo {ODD}: a model's id is USER/MODEL or USER/MODEL:KIND.",
        ),
        ('-hf "$REPO"', None, "--hf-repo $REPO: what it stands for is decided where it is started"),
        ('-m "$M"', None, "--model $M: what it stands for is decided where it is started"),
        ("-m x.gguf -hf a/b", [{"name": "b", "id": "a/b"}], "--model x.gguf: it is never read"),
        ("-hf a/b -m x.gguf", [{"name": "b", "id": "a/b"}], "--model x.gguf: it is never read"),
        ("-hf '' -m x.gguf", [{"name": "x", "path": "x.gguf"}], ""),
        ("-hf a/b -hff c.gguf", None, "--hf-file c.gguf: fetched from the network"),
        ("-hf a/b --offline", [{"name": "b", "id": "a/b"}], "--offline: the written command leaves it out"),
        ("-hf a/b --hf-token hf_x", [{"name": "b", "id": "a/b"}], "--hf-token: its value is written nowhere"),
        ("-m x.gguf --offline", [{"name": "x", "path": "x.gguf"}], ""),
    ],
)
def test_a_model_is_carried_over_or_said_not_to_be(flags: str, models: object, said: str) -> None:
    found = made("serve.sh", f"llama-server {flags} --port 8081 --cors-origins https://a.example --api-key-file k\n")
    assert found.data.get("models") == models
    lost = [each.what for each in found.lost if each.what != "The key: a new one is made."]
    assert [line for line in lost if said and line.startswith(said)] or (not said and not lost), lost
    data: dict[str, Any] = found.data
    assert data["cors"]["inference"]["origins"] == ["https://a.example"], "the rest is carried over"
    assert data["bind"]["inference"] == {"scope": "loopback", "port": 8081}


COMPOSED = """services:
  llama:
    image: ghcr.io/ggml-org/llama.cpp:server-b11669
    command: [{model}, "--port", "8080", "--cors-origins", "https://a.example", "--api-key-file", "/k"]
    environment:
      LLAMA_CACHE: /cache
    ports: ["127.0.0.1:8080:8080"]
"""


def test_the_cache_of_a_container_is_one_of_the_written_files() -> None:
    found = made("compose.yaml", COMPOSED.format(model='"--hf-repo", "a/b"'))
    said = [(each.what.partition(":")[0], each.kept) for each in found.lost if "LLAMA_CACHE" in each.what]
    assert said == [("LLAMA_CACHE", True)], "it works, in another folder"
    found = made("compose.yaml", COMPOSED.format(model='"--model", "/models/x.gguf"'))
    assert not [each for each in found.lost if "LLAMA_CACHE" in each.what], "nothing is fetched"
    native = made("serve.sh", "LLAMA_CACHE=/y llama-server -hf a/b --port 8081\n")
    assert [each.what for each in native.lost if "LLAMA_CACHE" in each.what] == [
        "LLAMA_CACHE: there is no answer for this variable."
    ]


def test_a_unix_socket_is_carried_over() -> None:
    found = made("serve.sh", "llama-server -m x.gguf --host /run/llama/x.sock --api-key-file k\n")
    data: dict[str, Any] = found.data
    assert data["bind"]["inference"] == {"scope": "socket", "address": "/run/llama/x.sock"}


@pytest.mark.parametrize(
    ("build", "host", "addresses"),
    [
        ("b11669", "127.0.0.1, 127.0.0.2,", ["127.0.0.1", "127.0.0.2"]),
        ("b11669", "127.0.0.1,/run/x.sock", ["127.0.0.1"]),
        ("b10434", "127.0.0.1,127.0.0.2", ["127.0.0.1,127.0.0.2"]),
        ("b10434", "127.0.0.1,/run/x.sock", []),
    ],
)
def test_a_list_of_addresses_is_one_name_before_there_were_lists(build: str, host: str, addresses: list[str]) -> None:
    found = observed("serve.sh", f"# llama.cpp {build}\nllama-server -m x.gguf --port 1 --host '{host}'\n")
    assert [each.address for each in found.listeners] == addresses


def test_variables_that_stand_for_no_flag_are_read_all_the_same() -> None:
    names = ("LLAMA_CACHE", "HF_HOME", "MODEL_ENDPOINT", "AIP_MODE", "LLAMA_SERVER_SLOTS_DEBUG")
    line = " ".join(f"{name}=/x" for name in (*names, "LLAMA_NONE"))
    found = observed("serve.sh", f"LLAMA_CACHE=/y {line} llama-server -m a.gguf\n")
    assert {each.name for each in found.settings if each.layer == "environment" and each.known} == set(names)
    assert [each.name for each in found.settings if not each.known] == ["LLAMA_NONE"]
    assert [(each.value, each.counts) for each in found.settings if each.name == "LLAMA_CACHE"] == [
        ("/y", False),
        ("/x", True),
    ]


@pytest.mark.parametrize(
    ("keys", "rules"),
    [
        ("9f1c\n77b0\n", []),
        ("# two\n9f1c\n\n  77b0\n", []),
        ("9f1c\ndummy\n", ["LS-KEY-WORD"]),
        ("9f1c,dummy\n", []),
        ("9f1c \n77b0\n", ["LS-KEY-BLANK"]),
        ("9f1c\r\n77b0\r\n", ["LS-KEY-BLANK"]),
        ("\n# none\n", ["LS-KEY-FILE-EMPTY"]),
    ],
)
def test_every_key_of_a_file_counts_and_none_is_shown(keys: str, rules: list[str]) -> None:
    line = f"{HEAD}--host 127.0.0.1 --api-key-file keys\n"
    files = {"serve.sh": Source("serve.sh", line), "keys": Source("keys", keys)}
    reports = check([files["serve.sh"]], files.get)
    found = [each for report in reports for each in words(report)]
    assert [each.id for each in found] == rules
    assert not any("9f1c" in each.message or "77b0" in each.message for each in found)


@pytest.mark.parametrize(
    ("name", "text", "bind"),
    [
        (
            "serve.sh",
            "llama-server -m x.gguf --port 8081 --host 127.0.0.1,192.0.2.7\n",
            {"scope": "interface", "address": "127.0.0.1, 192.0.2.7", "port": 8081},
        ),
        (
            "serve.sh",
            "llama-server -m x.gguf --port 8081 --host 0.0.0.0,::\n",
            {"scope": "all", "port": 8081},
        ),
        (
            "run.sh",
            "docker run -p 127.0.0.1:9000:8080 -p 192.0.2.7:9000:8080 ghcr.io/ggml-org/llama.cpp:server-b10434"
            " -m /m.gguf --port 8080\n",
            {"scope": "interface", "address": "127.0.0.1, 192.0.2.7", "port": 9000},
        ),
    ],
)
def test_several_addresses_are_carried_over(name: str, text: str, bind: dict[str, object]) -> None:
    data: dict[str, Any] = made(name, text).data
    assert data["bind"]["inference"] == bind


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("-c 100", "--ctx-size: there is no answer for it; add --ctx-size 100 to the written command."),
        ("--no-warmup", "--no-warmup: there is no answer for it; add it to the written command."),
        ("--no-jinja", "--no-jinja: there is no answer for it; add it to the written command."),
        (
            "--chat-template-kwargs '{\"a\": 1}'",
            "--chat-template-kwargs: there is no answer for it; "
            "add --chat-template-kwargs '{\"a\": 1}' to the written command.",
        ),
        ("--mlock", "--mlock: builds after b10434 do not start with it; use --load-mode mlock."),
        (
            "--tools all",
            "--tools: left out. Anyone who can send a request can run commands with the server's permissions; "
            "only a key keeps web pages from doing so.",
        ),
        ('-c "$CTX"', "--ctx-size: there is no answer for it; add it to the written command."),
    ],
)
def test_a_flag_without_an_answer_is_told_as_it_can_be_added(flags: str, told: str) -> None:
    text = f"llama-server -m /srv/m.gguf --port 8080 --cors-origins '' {flags}\n"
    found = draft(read("serve.sh", text))
    assert [lost.what for lost in found.lost if "key" not in lost.what[:7]] == [told]


@pytest.mark.parametrize(
    ("flags", "settings"),
    [
        ("-c 8192 -np 2 -ngl 99 -t 4", {"context": 8192, "parallel": 2, "gpu_layers": 99, "threads": 4}),
        ("-fa on -ctk q8_0 --embedding", {"flash_attention": "on", "cache_type_k": "q8_0", "embedding": True}),
        ("--mmproj /srv/mm.gguf", {"projector": "/srv/mm.gguf"}),
        ("-c 4096 -c 8192", {"context": 8192}),
        ("--jinja -c 0 -fa auto -b 2048", {"batch": 2048, "flash_attention": "auto"}),
    ],
)
def test_settings_that_answers_decide_are_carried_over(flags: str, settings: dict[str, object]) -> None:
    text = f"llama-server -m /srv/m.gguf --port 8080 --cors-origins '' {flags}\n"
    found = draft(read("serve.sh", text))
    assert found.data.get("settings", {}) == settings
    assert [lost.what for lost in found.lost if "key" not in lost.what[:7]] == []


def test_a_file_that_a_setting_names_is_where_it_was_mounted_from() -> None:
    text = "docker run -v /srv/llm:/models ghcr.io/ggml-org/llama.cpp:server-b11669 -m /models/m.gguf"
    found = draft(read("serve.sh", f"{text} --mmproj /models/mm.gguf\n"))
    assert found.data["settings"] == {"projector": "/srv/llm/mm.gguf"}


def test_what_a_flag_of_a_container_names_has_to_be_mounted() -> None:
    text = "docker run ghcr.io/ggml-org/llama.cpp:server-b11669 -m /models/m.gguf --lora /models/mm.gguf\n"
    found = draft(read("serve.sh", text))
    words = "--lora: there is no answer for it; "
    words += "add --lora /models/mm.gguf to the written command, and mount what it names."
    assert words in [lost.what for lost in found.lost]


@pytest.mark.parametrize(
    "upstream", ["http://127.0.0.1:8080/v1/chat/completions", "http://llama-server", "http://llama-server:8080/"]
)
def test_a_gateway_in_front_of_it_is_looked_at(upstream: str) -> None:
    text = (
        "events {}\nhttp {\n  server {\n    listen 443;\n    location / {\n"
        f"      proxy_pass {upstream};\n      add_header Access-Control-Allow-Origin '*';\n"
        "      add_header Access-Control-Allow-Credentials true;\n    }\n  }\n}\n"
    )
    assert "GATEWAY-STAR-COOKIES" in [rule for _, rule in said("nginx.conf", text)]


@pytest.mark.parametrize(("before", "left"), [("", True), ("rm -f /run/llama.sock\n", False)])
def test_a_socket_that_somebody_removes_is_not_left(before: str, left: bool) -> None:
    source = Source("serve.sh", f"# llama.cpp b11669\n{before}llama-server -m /srv/m.gguf --host /run/llama.sock\n")
    files = {source.path: source}
    (report,) = check(files.values(), files.get)
    assert ("LS-SOCKET-LEFT" in [line.id for line in words(report)]) is left
