"""Start programs with the signals that a test needs, whatever this test run itself was started with."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ENDING = (signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGHUP)


def popen(
    command: Sequence[str | Path], *, ignoring: Sequence[signal.Signals] = (), **options: Any
) -> subprocess.Popen[Any]:
    """`subprocess.Popen`, where the signals that ask a program to end do so, but for those it is to ignore.

    A shell without job control starts its background with SIGINT ignored, nohup ignores SIGHUP; programs inherit that.
    """
    first = options.pop("preexec_fn", None)

    def dispose() -> None:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN if number in ignoring else signal.SIG_DFL)
        if first is not None:
            first()

    return subprocess.Popen(list(map(str, command)), preexec_fn=dispose, **options)
