"""The signals that tell a program to end, and how they are currently handled.

A signal that the parent ignores (nohup, a script's background job) stays ignored, and one that something else handles
(a debugger, a test runner) is left to it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

INTERRUPT = signal.SIGINT
_NAMES = (
    *("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF"),
    *("SIGXCPU", "SIGIO", "SIGPWR", "SIGSTKFLT"),
)
ENDING = tuple(signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__)
"""Every signal that would end this program and can be handled, except those that report its own faults (SIGSEGV, …)."""
TERMINATE = tuple(number for number in ENDING if number != INTERRUPT)
"""The same without Ctrl-C: they mean that the whole program should end."""

Answer = Callable[[signal.Signals], object]


class Ended(KeyboardInterrupt):
    """Told to end by something other than Ctrl-C: a closed terminal, `kill`, a machine shutting down."""


class Asked:
    """Signals that arrived while they were held back."""

    # No dataclass: to load those takes a quarter of what `--help` does.
    def __init__(self) -> None:
        self.numbers: list[signal.Signals] = []


def heeded(number: int) -> bool:
    """Whether a signal would end this program: the parent does not ignore it, and nothing else handles it."""
    return signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _came)


@contextmanager
def raising() -> Iterator[None]:
    """Within the block, Ctrl-C raises KeyboardInterrupt, and any other signal raises `Ended`."""

    def answer(number: signal.Signals) -> None:
        raise KeyboardInterrupt if number == INTERRUPT else Ended

    with _answered(answer):
        yield


@contextmanager
def telling(tell: Callable[[], object]) -> Iterator[None]:
    """Within the block, signals interrupt nothing: each calls `tell`, between any two steps of this thread."""
    with _answered(lambda _: tell()):
        yield


@contextmanager
def held(ask: Callable[[], object]) -> Iterator[Asked]:
    """Within the block, signals interrupt nothing, however often they come: they call `ask`, and the block ends by
    itself.

    `ask` runs on its own thread: a signal may arrive while this thread holds the very lock that `ask` needs, even
    during the handling of another signal. Raises Ended after the block if something other than Ctrl-C asked, because
    then the whole program should end. Has no effect outside the main thread, which is the only one that signals reach.
    """
    # Only what writes or starts something needs it; `--help` is a command too.
    import queue

    asked = Asked()
    came: queue.SimpleQueue[signal.Signals | None] = queue.SimpleQueue()

    def answer(number: signal.Signals) -> None:
        asked.numbers.append(number)
        came.put(number)  # the one queue whose put may interrupt itself

    def pass_on() -> None:
        while came.get() is not None:
            ask()

    with _answered(answer):
        threading.Thread(target=pass_on, daemon=True).start()
        try:
            yield asked
        finally:
            came.put(None)
            if any(number != INTERRUPT for number in asked.numbers):
                raise Ended


_answers: list[Answer | None] = [None]
"""One value that is written at once: changing several handlers one after another could itself be interrupted."""


@contextmanager
def _answered(answer: Answer) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before, taken = _answers[0], _take()
    try:
        _answers[0] = answer
        yield
    finally:
        _answers[0] = before
        for number, former in taken.items():
            signal.signal(number, former)


def _take() -> dict[signal.Signals, Any]:
    """Handle every signal that would end this program. Returns the previous handlers."""
    taken = {n: former for n in ENDING if heeded(n) and (former := signal.getsignal(n)) is not _came}
    for number in taken:
        signal.signal(number, _came)
    return taken


def _came(number: int, frame: FrameType | None) -> None:
    """Restore what a signal does when it is not handled."""
    answer = _answers[0]
    if answer is not None:
        answer(signal.Signals(number))
    elif number == INTERRUPT:
        raise KeyboardInterrupt
    else:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
