"""What others wrote or say (files, models, programs that run, a server) is shown and not obeyed by a terminal."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_harmless import EVIL, RAW, on_a_terminal
from tests.cli.test_harmless_screens import harmless, wizard
from tests.servers.llama_server import ggufs
from tests.support.commands import command
from tests.support.processes import popen
from tests.support.terminals import written
from wizard.artifacts import render
from wizard.placement.resolve import resolve
from wizard.plan import Plan

NAME = EVIL.replace("/", "")
WORD = EVIL.replace(" ", "").replace("\u2028", "")
QUOTED = "'" + WORD + "'"
FILES = {
    "config.properties": f"inference_address=http://0.0.0.0:8080\nmodel_store={EVIL}\n{EVIL}=1\ncors_allowed_origin={EVIL}\n",
    "models.config": f'model_config_list {{ config {{ name: "{WORD}" base_path: "/m" model_platform: "{WORD}" }} }}\n',
    "start.sh": f"llama-server --model {QUOTED} --alias {QUOTED} --host 0.0.0.0 --{WORD} --api-key {QUOTED}\n",
    "compose.yaml": json.dumps(
        {
            "services": {
                f"s{EVIL}": {
                    "image": "tensorflow/serving:2.19.1",
                    "container_name": EVIL,
                    "labels": {EVIL: EVIL},
                    "environment": {"MODEL_NAME": EVIL, EVIL: EVIL},
                    "command": [f"--model_name={EVIL}", f"--{EVIL}", "--rest_api_port=8501"],
                    "ports": ["8501:8501", f"80:{EVIL}"],
                }
            }
        },
        ensure_ascii=True,
    ),
    "Dockerfile": f'FROM pytorch/torchserve\nENV TS_{WORD}="{WORD}"\nCMD ["torchserve", "--start", "--{WORD}"]\n',
    "server.service": f"[Service]\nEnvironment=LLAMA_ARG_HOST={WORD}\nExecStart=llama-server -m {WORD} --{WORD}\n",
    "models.ini": f"version = 1\n[{WORD}]\nmodel = {WORD}\n{WORD} = {WORD}\n",
    "server.env": f"LLAMA_ARG_MODEL={WORD}\nLLAMA_ARG_{WORD}={WORD}\n",
    "log.txt": f"srv operator(): got exception: {EVIL}\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Files of several servers, in a folder with a hostile name."""
    place = tmp_path / f"d{NAME}"
    place.mkdir()
    for name, text in FILES.items():
        (place / name).write_text(text, "utf-8")
    return place


@pytest.mark.parametrize("name", FILES)
def test_files_of_a_server(folder: Path, name: str) -> None:
    for words in (("check", "--format", "json"), ("explain",), ("import",)):
        got = on_a_terminal(*words, str(folder / name))
        assert got and not RAW.search(got), words
        assert "Traceback" not in got


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github", "junit"])
def test_a_folder_of_them(folder: Path, form: str) -> None:
    got = on_a_terminal("check", str(folder), "--format", form)
    assert "EVIL" in got and "Traceback" not in got
    assert not RAW.search(got)


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A model of llama-server whose every text is hostile."""
    place = tmp_path / f"m{NAME}.gguf"
    keys = dict.fromkeys(("general__name", "general__author", "general__license", "tokenizer__chat_template"), EVIL)
    place.write_bytes(ggufs.sample(ggufs.texts(**keys), architecture=EVIL))
    return place


@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_model_says_of_itself(gguf: Path, form: str) -> None:
    for arguments in (("inspect", str(gguf)), ("inspect", str(gguf.parent)), ("generate", str(gguf), "--dry-run")):
        got = on_a_terminal(*arguments, "--format", form, cwd=gguf.parent)
        assert "EVIL" in got and not RAW.search(got), arguments


def test_a_model_on_the_overview(gguf: Path) -> None:
    with wizard(gguf.parent, str(gguf)) as terminal:
        terminal.until("EVIL")
        for keys in (b"\x1b[B", b"\x1b[C", b"\x1bOP", b"\x1b"):
            terminal.look(keys)
        harmless(terminal)


def test_a_list_of_models_and_a_folder_that_are_opened(folder: Path) -> None:
    for path in (folder / "models.ini", folder):
        got = on_a_terminal(str(path), until="EVIL")
        assert got and not RAW.search(got) and "Traceback" not in got


def test_line_prompts_on_a_model(gguf: Path) -> None:
    got = on_a_terminal("wizard", "--plain", str(gguf), keys=b"\r" * 6, until="EVIL")
    assert "EVIL" in got and not RAW.search(got) and "Traceback" not in got


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_process_that_runs(tmp_path: Path, form: str) -> None:
    program = "import time; print(1, flush=True); time.sleep(600)"
    no_text = f"{EVIL}\udcff"
    words = ["-c", program, "--model_name", no_text, "--rest_api_port=1", "--port=-1"]
    with started(tmp_path, ["tensorflow_model_server", *words]) as process:
        got = on_a_terminal("check", "--running", str(process.pid), "--format", form, "--fail-on", "none")
        everything = on_a_terminal("check", "--running", "--format", form, "--fail-on", "none")
    assert str(process.pid) in got and not RAW.search(got) and ":-1 " not in got
    assert str(process.pid) in everything and not RAW.search(everything)


@contextmanager
def started(folder: Path, words: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """Python under another name, with hostile words in its command line, its environment and its folder's name."""
    place = folder / f"in{NAME}"
    place.mkdir()
    environment = {**os.environ, "MODEL_NAME": EVIL, "TENSORFLOW_X": f"{EVIL}\udcff"}
    process = popen(words, executable=sys.executable, cwd=place, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None and process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.images("tensorflow/serving:2.19.1")
@pytest.mark.parametrize("form", ["text", "json"])
def test_a_container_that_runs(docker_client: Any, form: str) -> None:
    container = docker_client.containers.run(
        "tensorflow/serving:2.19.1",
        [f"--model_name={EVIL}", f"--{EVIL}", EVIL],
        entrypoint=["sh", "-c", "sleep 600", "tensorflow_model_server"],
        environment={"MODEL_NAME": EVIL, "MODEL_BASE_PATH": EVIL},
        labels={EVIL: EVIL, "com.docker.compose.service": EVIL},
        detach=True,
    )
    try:
        got = on_a_terminal("check", "--running", container.name, "--format", form, "--fail-on", "none")
        assert got and not RAW.search(got) and "Traceback" not in got
    finally:
        container.remove(force=True)


class Evil(BaseHTTPRequestHandler):
    """A server whose every answer is hostile."""

    status = 200
    body = f'{{"text": "hé – 漢字 {EVIL}\u061c"}}\n'.encode()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def evil_server() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Evil) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
@pytest.mark.parametrize("status", [200, 400, 503])
def test_call_sh_on_a_terminal(tmp_path: Path, evil_server: int, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Evil, "status", status)
    plan = Plan.model_validate(
        {
            "server": "tensorflow-serving",
            "models": [{"name": "m", "path": "/m"}],
            "bind": {"inference": {"scope": "loopback", "port": evil_server}},
        }
    )
    (text,) = (file.text for file in render(resolve(plan)) if file.path == "call.sh")
    script = tmp_path / "call.sh"
    script.write_text(text.replace("\nleft=", "\nleft=0 # "))
    got = said_on_a_terminal(["sh", str(script)])
    assert "hé – 漢字" in got and "EVIL" in got
    assert not RAW.search(got) and "\u061c" not in got
    if status == 200:
        piped = subprocess.run(["sh", str(script)], capture_output=True, timeout=60, check=True).stdout
        assert piped == Evil.body, "what another program reads is whole"


LOGS = r"""#!/bin/sh
case $1 in
inspect) ;;
logs) printf '%b' "{evil} out h\0303\0251\n"; printf '%b' "{evil} err\n" >&2; [ ! -t 9 ] || sleep 600 ;;
esac
"""
"""Docker, for a script that asks for a log. With a terminal at 9 the log goes on."""


def a_log(folder: Path) -> list[str]:
    """The command that shows a log, with that Docker in its way."""
    plan = Plan.model_validate({"server": "tensorflow-serving", "models": [{"name": "m", "path": "/m"}]})
    (text,) = (file.text for file in render(resolve(plan)) if file.path == "run.sh")
    (folder / "run.sh").write_text(text)
    evil = "".join(f"\\0{byte:03o}" for byte in EVIL.encode())
    (folder / "docker").write_text(LOGS.replace("{evil}", evil))
    (folder / "docker").chmod(0o755)
    return ["env", f"PATH={folder}:{os.environ['PATH']}", "sh", str(folder / "run.sh"), "logs"]


def test_run_sh_logs_on_a_terminal(tmp_path: Path) -> None:
    command = a_log(tmp_path)
    got = said_on_a_terminal(command)
    assert "out hé" in got and "EVIL err" in got
    assert not RAW.search(got)
    piped = subprocess.run(command, capture_output=True, timeout=60, check=True)
    assert piped.stdout.decode() == f"{EVIL} out hé\n" and piped.stderr.decode() == f"{EVIL} err\n"


def test_a_log_that_goes_on_is_shown_line_by_line(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = popen(
        ["sh", "-c", '"$@" 9>&1', "-", *a_log(tmp_path)], stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    got = b""
    try:
        while b"out h" not in got or b"err" not in got:
            assert select.select([ours], [], [], 60)[0], got
            got += os.read(ours, 65536)
        assert process.poll() is None
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(ours)


def test_a_file_that_is_printed_is_exact_for_a_program_and_harmless_on_a_terminal(tmp_path: Path) -> None:
    plan = tmp_path / "wizard.toml"
    sample = f'{{"a": "{EVIL}"}}'
    start = 'schema = 1\nserver = "tensorflow-serving"\n[[models]]\nname = "m"\npath = "/m"\n'
    plan.write_text(f"{start}sample = {json.dumps(sample)}\n")
    arguments = ("generate", str(plan), "--print", "call.sh", "--fail-on", "none")
    assert not RAW.search(got := on_a_terminal(*arguments)) and "EVIL" in got
    printed = command(*arguments).stdout
    assert not RAW.search(printed)
    (body,) = re.findall(r"^body=.*$", printed, re.MULTILINE)
    read = subprocess.run(["sh", "-c", f'{body}\nprintf %s "$body"'], capture_output=True, check=True).stdout
    assert read.decode() == sample


def powershell_class(text: str) -> re.Pattern[str]:
    """The characters that a script for PowerShell leaves out; .NET and Python read such a class alike."""
    found = re.search(r"-replace '(\[[^']*\])', ''", text)
    assert found is not None
    return re.compile(found[1])


@pytest.mark.parametrize("name", ["call.ps1", "run.ps1"])
def test_scripts_for_powershell_show_what_others_say_through_one_function(name: str) -> None:
    """No PowerShell has run this; the characters that it is told to leave out are tried."""
    plan = Plan.model_validate({"server": "tensorflow-serving", "models": [{"name": "m", "path": "/m"}]})
    (text,) = (file.text for file in render(resolve(plan)) if file.path == name)
    shown = [line for line in text.splitlines() if "Invoke-WebRequest @" in line or "docker logs" in line]
    assert shown and all("Shown " in line for line in shown)
    assert not re.search(r"\bthrow\s*(}|$)", text), "the message of an answer is one of others' texts"
    left = powershell_class(text).sub("", EVIL + "\u061c\u200e\u2069 hé – 漢字\t\n")
    assert not RAW.search(left) and not re.search("[\x00-\x08\x0b-\x1f\u061c\u200e]", left)
    assert left.endswith(" hé – 漢字\t\n")


def said_on_a_terminal(command: list[str]) -> str:
    ours, theirs = pty.openpty()
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True) as process:
        return written(ours, theirs, process.wait).decode("utf-8", "surrogateescape")
