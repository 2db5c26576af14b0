"""The signals that ask a program to end. One that the parent said to ignore (nohup, a script's background) stays so."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPT = signal.SIGINT
TERMINATE = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))
"""Asked to end by a program, and by a terminal that is closed (not on Windows)."""

Handler = Callable[[int, FrameType | None], object] | signal.Handlers


def heeded(number: int) -> bool:
    """Whether a signal means something here: the parent did not have it ignored."""
    return signal.getsignal(number) is not signal.SIG_IGN


@contextmanager
def handled(handler: Handler, *numbers: signal.Signals) -> Iterator[None]:
    """Meanwhile these signals go to a handler. Without effect outside the main thread, which no signal reaches."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handler) for number in numbers if heeded(number)}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)
