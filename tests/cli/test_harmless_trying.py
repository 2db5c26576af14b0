"""A hostile server, tried and found running: what a terminal gets of its log, its answers and its command line."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests.cli.test_harmless import EVIL, RAW, on_a_terminal
from tests.cli.test_harmless_reading import started
from tests.cli.test_harmless_screens import harmless, wizard
from tests.trial.conftest import answers_file

pytestmark = [pytest.mark.live, pytest.mark.nginx]

NATIVE = '[run]\nhow = "native"\n'
SERVER = f"""#!{sys.executable}
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

EVIL = {EVIL!r}
print("the log", EVIL, flush=True)


class Hostile(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_response(400, "no" + EVIL[:5])
        self.send_header("Content-Type", "text/plain")
        self.end_headers()
        self.wfile.write(EVIL.encode())
        print("asked", EVIL, flush=True)

    do_GET = do_OPTIONS = do_POST


port = next(word.partition("=")[2] for word in sys.argv if word.startswith("--rest_api_port="))
if ENDS:
    sys.exit("ended " + EVIL)
ThreadingHTTPServer(("", int(port)), Hostile).serve_forever()
"""


@pytest.fixture(params=[False, True], ids=["answers", "ends"])
def deployment(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An answers file for a server that answers with hostile text, or ends with it."""
    program = tmp_path / "bin" / "tensorflow_model_server"
    program.parent.mkdir()
    program.write_text(SERVER.replace("if ENDS", f"if {request.param}"), "utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin:/usr/sbin:/sbin")
    return answers_file(tmp_path, "tensorflow-serving", NATIVE)


@pytest.mark.parametrize("form", ["text", "json", "junit"])
def test_try_and_its_report(deployment: Path, form: str) -> None:
    got = on_a_terminal("try", str(deployment), "--format", form, "--timeout", "20")
    assert "EVIL" in got and not RAW.search(got) and "Traceback" not in got
    for name in ("trial-report.md", "trial-report.json"):
        text = (deployment.parent / name).read_text("utf-8")
        assert "EVIL" in text and not RAW.search(text), name
    assert json.loads((deployment.parent / "trial-report.json").read_text("utf-8"))["started"] is False


def test_the_page_of_a_trial(deployment: Path) -> None:
    with wizard(deployment.parent, str(deployment)) as terminal:
        terminal.until("step by step")
        terminal.press(b"t")
        terminal.until("EVIL")
        terminal.until("✗")
        for keys in (b"\x1b[A", b"\x1b[B", b"\x1b[6~", b"\x1bOP", b"\x1b"):
            terminal.look(keys)
            harmless(terminal)
        assert "EVIL" in terminal.text


def test_line_prompts_of_a_trial(deployment: Path) -> None:
    got = on_a_terminal("wizard", "--plain", str(deployment), keys=b"t\r", until="The report is in")
    assert "EVIL" in got and not RAW.search(got) and "Traceback" not in got


def test_a_server_that_runs_on_the_first_page(tmp_path: Path) -> None:
    code = "import time; print(1, flush=True); time.sleep(600)"
    words = ["tensorflow_model_server", "-c", code, "--model_name", EVIL, "--rest_api_port=1", f"--{EVIL}"]
    with started(tmp_path, words) as process, wizard(tmp_path) as terminal:
        terminal.until(f"process {process.pid}")
        harmless(terminal)
        for keys in (b"\x1b[B", b"\x1b[F", b"\x1bOP", b"\x1b", b"\r"):
            terminal.look(keys)
            harmless(terminal)
