"""Parts of this machine that one test at a time may use, whichever process and whichever run it belongs to.

`@pytest.mark.turn("name")` on a test holds the lock of that name from before its fixtures until after them.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

MARKER = "turn(name): one test at a time on this machine, of all that name the same part of it"


@contextmanager
def turn(name: str) -> Iterator[None]:
    """Wait for the part of that name and hold it."""
    with (Path(tempfile.gettempdir()) / f"serving-wizard-tests-{os.getuid()}-{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@contextmanager
def turns_of(item: pytest.Item) -> Iterator[None]:
    """Hold every part that a test asks for; in one order, so that no two tests wait for each other."""
    with ExitStack() as held:
        for name in sorted({str(name) for mark in item.iter_markers("turn") for name in mark.args}):
            held.enter_context(turn(name))
        yield
