"""Locks that end with the process that holds them, however it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wizard.errors import ExitCode, WizardError

LOCK_S = 30.0
"""Seconds to wait for another process that writes to the same folder."""


def lock(descriptor: int) -> bool | None:
    """Lock an open file or folder until it is closed.

    False if another process has the lock; None if the file system has no locks.
    """
    # There is none on Windows, where the rest of the program is loaded all the same.
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


@contextmanager
def alone(descriptor: int, path: Path) -> Iterator[None]:
    """Lock this folder against other processes. Raises WizardError if another one takes too long."""
    # See `lock`.
    import fcntl

    end = time.monotonic() + LOCK_S
    while lock(descriptor) is False:
        if time.monotonic() > end:
            raise WizardError(
                "Another serving-wizard is writing to this folder",
                str(path),
                "Let it come to its end, then try again.",
                ExitCode.ENVIRONMENT,
            )
        time.sleep(0.02)
    try:
        yield
    finally:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_UN)
