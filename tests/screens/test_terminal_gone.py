"""A terminal that is closed under the wizard."""

from __future__ import annotations

import os
import pty
import signal
import termios
from pathlib import Path

import pytest

from tests.plain.talking import COMMAND, environment
from tests.support.waiting import until
from wizard.screens.posix_driver import Writer


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


@pytest.mark.parametrize("page", [(), ("demo",)], ids=["the first page", "the demo"])
def test_a_closed_terminal_ends_the_wizard(tmp_path: Path, page: tuple[str, ...]) -> None:
    child, master = pty.fork()
    if child == 0:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
        os.chdir(tmp_path)
        os.execvpe(COMMAND[0], [*COMMAND, *page], environment(tmp_path, TEXTUAL_ANIMATIONS="none"))
    termios.tcsetwinsize(master, (24, 80))
    seen = b""
    while b"Which server" not in seen:
        seen += os.read(master, 65_536)
    os.close(master)
    try:
        until(lambda: os.waitpid(child, os.WNOHANG)[0] == child, "the wizard has ended")
    except BaseException:
        os.kill(child, signal.SIGKILL)
        raise
