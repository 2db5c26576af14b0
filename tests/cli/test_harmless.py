"""Nothing that others wrote (file names, logs, manifests, answers of servers) is obeyed by the terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pytest

from tests.support import model_builders as b
from tests.support.commands import start
from tests.support.each import each
from tests.support.hostile import VALUES
from tests.support.terminals import written
from wizard import console
from wizard.cli import main as cli
from wizard.errors import WizardError
from wizard.harmless import harmless, json_text, without
from wizard.machine import fault

EVIL = "\x1b]0;EVIL\x07\x1b[5mEVIL\x9b31mEVIL\u202eEVIL\u2066EVIL\u2028EVIL"
RAW = re.compile(r"\x1b\]0;|\x1b\[5mEVIL|\x07[^\n]{0,6}EVIL|[\x80-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]")
PLAN = 'schema = 1\nserver = "torchserve"\n[[models]]\nname = "m"\npath = {path}\n'


def on_a_terminal(*arguments: str, keys: bytes = b"", cwd: Path | None = None, until: str = "") -> str:
    """Everything a command writes to a terminal of its own, or what it wrote until some text appeared."""
    ours, theirs = pty.openpty()
    environment = {"TERM": "xterm-256color", "LINES": "40", "COLUMNS": "120"}
    started = start(*arguments, files=(theirs, theirs, theirs), cwd=cwd, env=environment)
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
    if not until:
        os.write(ours, keys)
        return written(ours, theirs, lambda: os.waitpid(started, 0)).decode("utf-8", "surrogateescape")
    os.close(theirs)
    got = b""
    try:
        os.write(ours, keys)
        end = time.monotonic() + 60
        while time.monotonic() < end and until not in got.decode("utf-8", "replace"):
            if not select.select([ours], [], [], 0.5)[0]:
                continue
            try:
                data = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            got += data
            if not data:
                break
    finally:
        os.kill(started, signal.SIGKILL)
        os.waitpid(started, 0)
        os.close(ours)
    return got.decode("utf-8", "surrogateescape")


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    folder = tmp_path / f"dir{EVIL.replace('/', '')}"
    folder.mkdir()
    model = b.mar(folder / "a.mar", b.members(handler=EVIL, modelVersion=EVIL, serializedFile=EVIL))
    path = tmp_path / "wizard.toml"
    path.write_text(PLAN.format(path=json.dumps(str(model))))
    return path


@pytest.mark.parametrize("form", ["text", "json"])
def test_names_in_a_model_and_of_its_folder(answers: Path, tmp_path: Path, form: str) -> None:
    out = tmp_path / "o"
    got = on_a_terminal("generate", str(answers), "--out", str(out), "--dry-run", "--fail-on", "none", "--format", form)
    assert "EVIL" in got and not RAW.search(got)


@pytest.mark.parametrize(
    "arguments",
    [
        ("explain", EVIL),
        ("presets", "show", EVIL),
        ("reach", EVIL),
        ("inspect", EVIL),
        ("cors", "--page", EVIL, "--preset", "local"),
        ("generate", "x.toml", EVIL),
        ("--set", EVIL, "reach"),
        ("reach", "--set", EVIL),
        ("reach", "--set", f"server={EVIL}"),
        ("reach", "--set", f"bind.{EVIL}.port=1"),
        ("check", EVIL),
        (EVIL,),
    ],
)
def test_arguments_that_are_repeated_in_an_error(arguments: tuple[str, ...]) -> None:
    got = on_a_terminal(*arguments)
    assert got and not RAW.search(got) and "Traceback" not in got


def test_a_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(f"java.net.BindException: Address already in use 0.0.0.0:8080 {EVIL}\n", "utf-8")
    for form in ("text", "json"):
        got = on_a_terminal("explain", "--log", str(log), "--format", form)
        assert "port" in got and not RAW.search(got)


def test_typed_origins_come_back_whole_from_json(tmp_path: Path) -> None:
    typed = f"https://a{EVIL}.example"
    (tmp_path / "origins").write_text(typed + "\n", "utf-8")
    got = on_a_terminal("cors", "--origins", str(tmp_path / "origins"))
    assert not RAW.search(got)
    assert json.loads(got)["input"] == typed


def test_the_full_screen(answers: Path) -> None:
    got = on_a_terminal(str(answers), keys=b"\r", until="EVIL")
    assert "EVIL" in got and not RAW.search(got)


def test_line_prompts(answers: Path) -> None:
    got = on_a_terminal("wizard", "--plain", str(answers), keys=b"\r" * 8 + b"q\r")
    assert "EVIL" in got and not RAW.search(got)


@each((value,) for value in VALUES.values())
def test_every_value(value: str, capsys: pytest.CaptureFixture[str]) -> None:
    console.out(value)
    console.talk(value)
    console.report(WizardError(value, value, value))
    console.out_json({value: [value]}, compact=True)
    out, said = capsys.readouterr()
    for char in out + said:
        assert char.isprintable() or char in "\n\t" or char.isspace()
        assert char not in "\r\v\f\x1b\x85\u2028\u2029"
    assert json.loads(json_text({value: [value]})) == {value: [value]}


def test_what_is_kept_and_what_is_not() -> None:
    assert harmless("a\tb\r\nc\u00a0d é 模型") == "a\tb\nc\u00a0d é 模型"
    assert harmless("a\rb\x1b\udcff") == "a�b��"
    assert without("a\x1b[31m\u202eb") == "a[31mb"


def test_our_own_colours_pass_and_those_of_others_do_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    console.out(f"{console.coloured('HIGH', 'high')} \x1b[31mred")
    assert capsys.readouterr().out == "\x1b[31mHIGH\x1b[0m �[31mred\n"


def test_the_kept_traceback_of_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever looks at it does so on a terminal."""

    def fails(_: object) -> int:
        raise ValueError(EVIL)

    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(cli, "_dispatch", fails)
    assert cli.main(["reach"]) == 70
    kept = fault.where().read_text()
    assert "Traceback" in kept and "EVIL" in kept and not RAW.search(kept)
    assert not RAW.search(capsys.readouterr().err)
