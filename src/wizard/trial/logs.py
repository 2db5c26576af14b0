"""Which lines of a log are worth showing, and what may not be shown of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from wizard.machine import door

KEPT = 2000
"""Lines of a log that are remembered."""
LONGEST = 8 << 10
"""Bytes of a line that are remembered; there are servers that write without ever ending one."""
FILE = "run/trial.log"
"""The log of a native trial, in its folder: a file, for a kept server goes on writing when nobody reads any more."""
FILE_LIMIT = 16 << 20
"""Bytes after which that file is emptied."""
LAST_LINES_S = 5.0
"""How long the last lines of a server that has ended may take to be copied."""
_TELLING = re.compile(r"(?i)\b(\w*error|\w*exception|fatal|failed|denied|not found|no such|cannot)\b(?!:\d)")
_NUMBER = re.compile(r"\d+")
_STAMP = re.compile(r"^[\d\-T:.,Z+\s]+")


def lines(pieces: Iterable[bytes], longest: int = LONGEST) -> Iterator[bytes]:
    """The lines of a log that comes in pieces of any size, each cut to its first `longest` bytes."""
    line = b""
    for piece in pieces:
        first, *others = piece.split(b"\n")
        line += first[: longest - len(line)]
        for other in others:
            yield line
            line = other[:longest]
    if line:
        yield line


def tail(lines: Sequence[str], count: int, noise: str = "") -> tuple[str, ...]:
    """The last lines, and before them the last earlier ones that speak of an error, each once.

    `noise` is a regular expression of lines to leave out, "" = none. Of lines that differ in numbers alone the last one
    stands for all: a gateway says the same of each request, and the server's last words would not be among the lines.
    """
    kinds: dict[str, str] = {}
    for line in lines:
        if not (noise and re.search(noise, line)):
            kind = _NUMBER.sub("", line)
            kinds.pop(kind, None)
            kinds[kind] = line
    useful = list(kinds.values())
    end = useful[-count:]
    earlier = {_STAMP.sub("", line): line for line in useful[:-count] if _TELLING.search(line)}
    for line in end:
        earlier.pop(_STAMP.sub("", line), None)
    return (*list(earlier.values())[-(count // 2) :], *end)


def shortened(path: Path) -> bool:
    """Empty a log that has grown past its limit. Whether it was."""
    with suppress(OSError):  # it is not there, or goes with its trial just now
        if path.stat().st_size > FILE_LIMIT:
            door.empty(path)
            return True
    return False


def secrets_removed(text: str, tokens: Mapping[str, str]) -> str:
    """A log line without tokens."""
    for token in tokens.values():
        if token:
            text = text.replace(token, "…")
    return text
