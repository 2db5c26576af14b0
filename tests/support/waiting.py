"""Wait for a state, never for a time."""

from __future__ import annotations

import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
PATIENCE = 90.0
"""Seconds; generous, because a slow machine is no fault of the program."""
_PAUSE_S = 0.02


def until(
    state: Callable[[], T],
    what: str | Callable[[], object],
    patience: float = PATIENCE,
    while_true: Callable[[], bool] = lambda: True,
    *,
    pause: float = _PAUSE_S,
) -> T:
    """Ask again and again until the answer is true, and return it.

    Fails with `what` it waited for when the patience is at its end, or at once when `while_true` no longer is: the
    program that was to reach the state has ended, for example. `pause` in seconds: longer where a look costs much.
    """
    end = time.monotonic() + patience
    while True:
        alive = while_true()
        if found := state():
            return found
        said = what if isinstance(what, str) else what()
        assert alive, f"can no longer come: {said}"
        assert time.monotonic() < end, f"waited {patience:.0f} s for: {said}"
        time.sleep(pause)  # between two looks at the state


def until_listens(port: int, process: subprocess.Popen[Any], log: Callable[[], object] = lambda: "") -> None:
    """Wait until a program that was started takes connections on a port; what it said is in the failure."""
    until(lambda: listens(port), lambda: f"port {port}\n{log()}", while_true=lambda: process.poll() is None)


def listens(port: int, address: str = "127.0.0.1") -> bool:
    """Whether a connection is taken."""
    try:
        socket.create_connection((address, port), timeout=5).close()
    except OSError:
        return False
    return True


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Fails if the block takes more processor time than that: code that never ends would hold up every other test."""
    over = False

    def end(*_: object) -> None:
        nonlocal over
        over = True
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, end)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    except TimeoutError:
        if not over:
            raise
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    assert not over, f"not ended after {seconds:g} s of processor time"  # the block may have taken it for its own error
