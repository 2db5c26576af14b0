"""A terminal that is closed under the wizard, and one that has no size."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import termios
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.plain.talking import COMMAND, environment
from tests.support.processes import popen
from tests.support.waiting import until
from wizard.screens.posix_driver import Writer

pytestmark = pytest.mark.live  # each opens a terminal
_WORK_S = 5.0
"""Seconds of a processor that ending may cost; a wizard that waits in a loop takes as much as it gets."""


class Window:
    """A terminal window with the wizard in it."""

    def __init__(
        self,
        folder: Path,
        *arguments: str,
        controls: bool = True,
        ignoring: tuple[signal.Signals, ...] = (),
        size: tuple[int, int] = (24, 80),
    ) -> None:
        self.master, slave = pty.openpty()
        termios.tcsetwinsize(slave, size)
        self.process: subprocess.Popen[Any] = popen(
            [*COMMAND, *arguments],
            ignoring=ignoring,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            env=environment(folder, TEXTUAL_ANIMATIONS="none"),
            start_new_session=True,
            preexec_fn=(lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if controls else None,
        )
        os.close(slave)

    def reads(self, seconds: float) -> bytes:
        """What the wizard draws next; nothing when it draws nothing for so long."""
        if not select.select([self.master], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self.master, 65_536)
        except OSError:  # nobody holds the other end any more
            return b""

    def sees(self, words: bytes) -> None:
        seen = b""
        while words not in seen:
            new = self.reads(90)
            assert new, f"{words!r} did not come; instead: {seen!r}"
            seen += new

    def close(self) -> None:
        if self.master >= 0:
            os.close(self.master)
        self.master = -1

    def worked(self) -> float:
        """Seconds of a processor it has had; 0 when it is over."""
        try:
            spent = psutil.Process(self.process.pid).cpu_times()
        except psutil.NoSuchProcess:
            return 0.0
        return spent.user + spent.system


Open = Callable[..., Window]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Open]:
    opened: list[Window] = []

    def make(*arguments: str, **how: Any) -> Window:
        opened.append(Window(tmp_path, *arguments, **how))
        return opened[-1]

    yield make
    for one in opened:
        one.process.kill()
        one.process.wait()
        one.close()


def test_what_is_written_to_a_terminal_that_is_gone_keeps_nobody_waiting() -> None:
    """Textual's own writer ends at the first error, and whoever writes the thirty-first piece waits for ever."""
    master, slave = pty.openpty()
    os.close(master)
    writer = Writer(os.fdopen(slave, "w", closefd=False))
    writer.start()
    for _ in range(100):
        writer.write("a frame")
    writer.stop()
    os.close(slave)
    assert not writer.is_alive()


@pytest.mark.parametrize(
    ("controls", "ignoring"),
    [(True, ()), (True, (signal.SIGHUP,)), (False, ())],
    ids=["with a signal", "nohup", "without a signal"],
)
@pytest.mark.parametrize(
    ("page", "words"),
    [((), b"Which server"), (("--plain",), b": ")],
    ids=["the first page", "lines"],
)
def test_a_closed_terminal_ends_the_wizard(
    window: Open, page: tuple[str, ...], words: bytes, controls: bool, ignoring: tuple[signal.Signals, ...]
) -> None:
    shown = window(*page, controls=controls, ignoring=ignoring)
    shown.sees(words)
    before = shown.worked()
    shown.close()

    def ended() -> bool:
        assert shown.worked() - before < _WORK_S, "it works on, for nobody"
        return shown.process.poll() is not None

    until(ended, "the wizard has ended")


def _goes_on(shown: Window) -> None:
    """Stop it from outside, let it go on, and wait until it has drawn itself anew."""
    shown.process.send_signal(signal.SIGSTOP)
    until(lambda: psutil.Process(shown.process.pid).status() == psutil.STATUS_STOPPED, "it is stopped")
    shown.process.send_signal(signal.SIGCONT)
    shown.sees(b"Which server")


def test_a_wizard_that_was_stopped_draws_itself_anew_and_reads_keys_once(window: Open) -> None:
    """Textual starts one more reader of keys at each SIGCONT; the first goes on reading for ever."""
    shown = window()
    shown.sees(b"Which server")
    _goes_on(shown)
    threads = psutil.Process(shown.process.pid).num_threads()
    times = 6
    for _ in range(times):
        _goes_on(shown)
    assert psutil.Process(shown.process.pid).num_threads() < threads + times, "each time leaves a thread"
    os.write(shown.master, b"\x03")
    shown.sees(b"Leave")
    shown.close()
    until(lambda: shown.process.poll() is not None, "the wizard has ended")


@pytest.mark.parametrize("size", [(0, 0), (0, 80), (24, 0)], ids=str)
def test_a_terminal_without_a_size_is_drawn_once_and_not_for_ever(window: Open, size: tuple[int, int]) -> None:
    """Some programs that hold a terminal, and serial lines, never say how large it is."""
    shown = window(size=size)
    shown.sees(b"Which server")
    drawn = 0
    while new := shown.reads(2):
        drawn += len(new)
        assert drawn < 100_000, "it draws on and on"
    assert shown.process.poll() is None
