"""Which lines of a log are worth showing."""

from __future__ import annotations

import re
from collections.abc import Sequence

KEPT = 2000
"""Lines of a log that are remembered."""
_NOISE = re.compile(r"TS_METRICS")
"""TorchServe writes its measurements into the same log, several lines a minute."""
_TELLING = re.compile(r"(?i)\b(\w*error|\w*exception|fatal|failed|denied|not found|no such|cannot)\b(?!:\d)")
_STAMP = re.compile(r"^[\d\-T:.,Z+\s]+")


def tail(lines: Sequence[str], count: int) -> tuple[str, ...]:
    """The last lines without noise, and before them the last earlier ones that speak of an error, each once."""
    useful = [line for line in lines if not _NOISE.search(line)]
    end = useful[-count:]
    earlier = {_STAMP.sub("", line): line for line in useful[:-count] if _TELLING.search(line)}
    for line in end:
        earlier.pop(_STAMP.sub("", line), None)
    return (*list(earlier.values())[-(count // 2) :], *end)
