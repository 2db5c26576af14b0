"""The signals that ask a program to end, and what answers them at the moment.

One that the parent said to ignore (nohup, a script's background) stays ignored, and one that somebody else has taken
(a debugger, a test runner) stays theirs.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

INTERRUPT = signal.SIGINT
_NAMES = (
    *("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF"),
    *("SIGXCPU", "SIGIO", "SIGPWR", "SIGSTKFLT"),
)
ENDING = tuple(signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__)
"""Everything that would end this program and can be answered, but for what tells of its own faults (SIGSEGV, …)."""
TERMINATE = tuple(number for number in ENDING if number != INTERRUPT)
"""The same without Ctrl-C: it is the whole program that is to end."""

Answer = Callable[[signal.Signals], object]


class Ended(KeyboardInterrupt):
    """Asked to end by something else than Ctrl-C: a terminal that is closed, `kill`, a machine that shuts down."""


@dataclass
class Asked:
    """What came while signals were held."""

    numbers: list[signal.Signals] = field(default_factory=list)


def heeded(number: int) -> bool:
    """Whether a signal would end this program: the parent did not have it ignored, and nobody else answers it."""
    return signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler, _came)


@contextmanager
def raising() -> Iterator[None]:
    """Meanwhile a signal raises KeyboardInterrupt, as Ctrl-C does; `Ended` where it is another one."""

    def answer(number: signal.Signals) -> None:
        raise KeyboardInterrupt if number == INTERRUPT else Ended

    with _answered(answer):
        yield


@contextmanager
def held(ask: Callable[[], object]) -> Iterator[Asked]:
    """Meanwhile a signal interrupts nothing, however often it comes: it calls `ask`, and the block ends by itself.

    `ask` runs on a thread of its own: a signal may come while this one holds the very lock that `ask` needs, also in
    the middle of another signal's answer. Raises Ended after the block when something else than Ctrl-C asked: then the
    whole program is to end. Without effect outside the main thread, which no signal reaches.
    """
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
"""One place that is written at once: a change of handlers, one signal after the other, could itself be interrupted."""


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
    """Answer every signal that would end this program. Returns what each did before."""
    taken = {n: former for n in ENDING if heeded(n) and (former := signal.getsignal(n)) is not _came}
    for number in taken:
        signal.signal(number, _came)
    return taken


def _came(number: int, frame: FrameType | None) -> None:
    """Without an answer a signal does what it does by itself."""
    answer = _answers[0]
    if answer is not None:
        answer(signal.Signals(number))
    elif number == INTERRUPT:
        raise KeyboardInterrupt
    else:
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
