"""Run `serving-wizard --plain` for real: over a pipe, and in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path
from types import TracebackType

from tests.support.processes import popen

CONTROL = {chr(code) for code in range(32)} - {"\n", "\r", "\t"} | {"\x7f", "\x9b"}
COMMAND = (sys.executable, "-m", "wizard")


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if key not in ("ACCESSIBLE", "COLUMNS")}
    source = str(Path(__file__).parents[2] / "src")
    return {**kept, "XDG_STATE_HOME": str(home / "state"), "PYTHONPATH": source, "TERM": "xterm", **more}


def piped(answers: str, cwd: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Everything typed at once, as a pipe does it."""
    return subprocess.run(
        [*COMMAND, *arguments],
        input=answers,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment(cwd, **more),
        timeout=120,
        check=False,
    )


class Talk:
    """A conversation in a pseudo-terminal of 80 columns, which stays open, so that its settings can be looked at."""

    def __init__(self, cwd: Path, *arguments: str, **more: str) -> None:
        self.text = ""
        self._seen = 0
        self._master, self.slave = pty.openpty()
        termios.tcsetwinsize(self._master, (24, 80))
        self.process = popen(
            [*COMMAND, *arguments],
            stdin=self.slave,
            stdout=self.slave,
            stderr=self.slave,
            cwd=cwd,
            env=environment(cwd, **more),
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that Ctrl-C is a signal
        )

    def __enter__(self) -> Talk:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self.slave)

    def until(self, words: str, seconds: float = 60) -> str:
        """Everything new up to these words."""
        deadline = time.monotonic() + seconds
        while words not in self.text[self._seen :]:
            if not self._read(deadline):
                raise AssertionError(f"{words!r} did not come; instead:\n{self.text[self._seen :]}")
        end = self.text.index(words, self._seen) + len(words)
        new, self._seen = self.text[self._seen : end], end
        return new

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:
            return False
        self.text += data.decode("utf-8", "replace")
        return bool(data)

    def type(self, line: str) -> None:
        os.write(self._master, (line + "\n").encode())

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def question(self, seconds: float = 60) -> str:
        """Everything new up to the next prompt, which ends in a colon and a blank without a line break."""
        deadline = time.monotonic() + seconds
        while not self.text[self._seen :].endswith(": "):
            if not self._read(deadline):
                raise AssertionError(f"no prompt came; instead:\n{self.text[self._seen :]}")
        new, self._seen = self.text[self._seen :], len(self.text)
        return new

    def answer(self, words: str, line: str = "") -> str:
        """Answer the next prompt, which must have these words in what it says or asks. Returns all of it."""
        asked = self.question()
        assert words in " ".join(asked.split()), f"{words!r} is not in:\n{asked}"
        self.type(line)
        return " ".join(asked.split())

    def enter_until(self, words: str, most: int = 60) -> str:
        """Press Enter at every prompt until one comes with these words in what it says or asks."""
        for _ in range(most):
            asked = self.question()
            if words in " ".join(asked.split()):
                return " ".join(asked.split())
            self.type("")
        raise AssertionError(f"{words!r} never came")

    def end(self, seconds: float = 60) -> int:
        """The exit code, when it is over."""
        deadline = time.monotonic() + seconds
        while self._read(time.monotonic() + 0.1) or (self.process.poll() is None and time.monotonic() < deadline):
            pass
        return self.process.wait(max(0.1, deadline - time.monotonic()))
