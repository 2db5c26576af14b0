"""Every screen of the wizard, in a terminal of its own, with hostile text in every answer that takes free text.

What is looked at are the bytes that the terminal gets, not what a screen means to show.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.test_harmless import EVIL, RAW
from tests.support import model_builders as b
from tests.support.paper import Paper
from tests.support.waiting import PATIENCE
from wizard.machine import trial_certificate
from wizard.placement.defaults import complete
from wizard.placement.resolve import resolve
from wizard.plan import Plan, answers
from wizard.session.steps.flow import flow

pytestmark = pytest.mark.live

NAME = EVIL.replace("/", "")
ANSWERS = """schema = 1
server = "torchserve"
accepted = [{evil}]
[[models]]
name = "m"
path = {model}
sample = {evil}
[bind.inference]
scope = "loopback"
[bind.metrics]
scope = "socket"
address = {socket}
[tls]
mode = "files"
certificate = {certificate}
key = {key}
[gateway]
kind = "nginx"
[cors.inference]
origins = ["https://a.example", "https://b.example"]
"""
NEXT, PANE, HELP, WORDS, HISTORY, MORE, ESCAPE = b"\x0e", b"\x1b[17~", b"\x1bOP", b"\x1bOQ", b"\x07", b"\x10", b"\x1b"
PASTE = b"\x1b[200~" + EVIL.encode() + b"\x1b[201~"
COLUMNS, LINES = 200, 60
_LONGEST = 64
"""Bytes of a sequence that may be cut in two."""
_STYLE = re.compile(rb"\x1b\[[0-9;:<=>?]*[ -/]*[@-~]")


class Terminal:
    """A pseudo terminal with the wizard in it, and everything that it was sent."""

    def __init__(self, ours: int) -> None:
        self._ours = ours
        self.got = b""
        self._shown, self._read = Paper(COLUMNS, LINES), 0

    @property
    def text(self) -> str:
        """What was written, without the wizard's own colours and positions."""
        return _STYLE.sub(b"", self.got).decode("utf-8", "replace")

    def read(self, seconds: float) -> bool:
        """What has come meanwhile; False when nothing did."""
        if not select.select([self._ours], [], [], seconds)[0]:
            return False
        self.got += os.read(self._ours, 1 << 16)
        return True

    @property
    def shown(self) -> str:
        """What stands on the screen; a sequence of which only the beginning has come is left for later."""
        last = self.got.rfind(b"\x1b", self._read)
        end = last if last > self._read and len(self.got) - last < _LONGEST else len(self.got)
        self._shown.write(self.got[self._read : end].decode("utf-8", "replace"))
        self._read = end
        return self._shown.text

    def until(self, text: str) -> None:
        """Wait until a text stands on the screen. Only what changes is sent: it may never be written as a whole."""
        end = time.monotonic() + PATIENCE
        while text not in self.shown:
            assert time.monotonic() < end, f"{text!r} did not come:\n{self.shown}"
            self.read(0.2)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._ours, keys)

    def look(self, keys: bytes) -> None:
        """Type, and take in what comes until nothing more does for a moment."""
        self.press(keys)
        while self.read(0.25):
            pass


@contextmanager
def wizard(folder: Path, *arguments: str) -> Iterator[Terminal]:
    ours, theirs = pty.openpty()
    fcntl.ioctl(ours, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    state = {"XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
    environment = {**os.environ, **state, "TERM": "xterm-256color", "LINES": str(LINES), "COLUMNS": str(COLUMNS)}
    process = subprocess.Popen(
        [sys.executable, "-m", "wizard", *arguments],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        yield Terminal(ours)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    """An answers file, a model and a current folder, all with hostile names and contents."""
    folder = tmp_path / f"dir{NAME}"
    folder.mkdir()
    model = b.mar(folder / "a.mar", b.members(handler=EVIL, modelVersion=EVIL, serializedFile=EVIL))
    (folder / f"neighbour{NAME}.mar").write_bytes(model.read_bytes())
    path = folder / "wizard.toml"
    deployment = resolve(Plan.model_validate({"server": "torchserve", "models": [{"name": "m", "path": "/m.mar"}]}))
    pair = trial_certificate.renewed(deployment, folder)
    assert pair is not None
    for ending, text in zip(("crt", "key"), pair, strict=True):
        (folder / f"{NAME}.{ending}").write_text(text)
    told = {
        "evil": EVIL,
        "model": str(model),
        "socket": f"/tmp/{NAME[:20]}/x.sock",
        "certificate": str(folder / f"{NAME}.crt"),
        "key": str(folder / f"{NAME}.key"),
    }
    path.write_text(ANSWERS.format(**{name: json.dumps(value) for name, value in told.items()}), "utf-8")
    return path


def harmless(terminal: Terminal) -> None:
    raw = RAW.search(terminal.got.decode("utf-8", "surrogateescape"))
    assert raw is None, (raw, terminal.text[-2000:])


def test_every_step_with_its_pane(hostile: Path) -> None:
    steps = flow(complete(answers.load(hostile.read_text("utf-8"))))
    steps = steps[: 1 + [step.id for step in steps].index("try")]
    assert len(steps) >= 10
    with wizard(hostile.parent, str(hostile)) as terminal:
        terminal.until("step by step")  # the overview of what the file says
        harmless(terminal)
        terminal.press(b"s")
        for step in steps:
            terminal.until(step.question)
            terminal.look(PANE + b"\x1b[C  " + PANE)  # the pane: what is to its right, more of it, and back
            harmless(terminal)
            if step is not steps[-1]:
                terminal.press(NEXT)
        for keys in (HELP, HISTORY, WORDS, MORE):
            terminal.look(keys)
            terminal.look(ESCAPE)
        harmless(terminal)
        assert "EVIL" in terminal.text


def test_what_is_pasted_anywhere(hostile: Path) -> None:
    with wizard(hostile.parent, str(hostile)) as terminal:
        terminal.until("step by step")
        for keys in (PASTE, MORE, PASTE, ESCAPE):
            terminal.look(keys)
        for _ in range(4):
            terminal.look(NEXT)
            terminal.look(PASTE)
            harmless(terminal)
            terminal.look(b"\x1a")  # undone
