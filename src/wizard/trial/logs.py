"""Which lines of a log are worth showing, and what must not be shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from wizard.fast_start import regex
from wizard.machine import door

KEPT = 2000
"""How many lines of a log are kept."""
LONGEST = 8 << 10
"""Maximum bytes of a line that are kept; some servers write without ever ending a line."""
FILE = "run/trial.log"
"""The log of a native trial, in its folder: a file, because a kept server continues to write when nobody reads any
more."""
FILE_LIMIT = 16 << 20
"""Bytes after which that file is emptied."""
_LAST_BYTES = 64 << 10
"""How much of its unread end is kept then."""
LAST_LINES_S = 5.0
"""How long copying the last lines of an ended server may take."""
_TELLING = regex(r"(?i)\b(\w*error|\w*exception|fatal|failed|denied|not found|no such|cannot)\b(?!:\d)")
_NUMBER = regex(r"\d+")
_STAMP = regex(r"^[\d\-T:.,Z+\s]+")


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
    """The last lines, preceded by the last earlier ones that mention an error, each once. `noise` is a regular
    expression for lines to leave out, "" = none.

    Of lines that differ only in numbers, only the last is kept: a gateway prints the same for each request, and would
    push the server's last lines out.
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


def shortened(path: Path, stream: BinaryIO | None = None) -> bytes | None:
    """Empty a log that has grown past its limit; None if it has not.

    Returns what `stream`, which reads it, has not read of its end: that may be the reason why a server ended.
    """
    with suppress(OSError):  # it is not there, or goes with its trial just now
        if path.stat().st_size > FILE_LIMIT:
            end = b"" if stream is None else _unread_end(stream)
            door.empty(path)
            return end
    return None


def _unread_end(stream: BinaryIO) -> bytes:
    """The last bytes that are not read yet; on a line of their own if others before them are left out."""
    here, end = stream.tell(), stream.seek(0, SEEK_END)
    stream.seek(max(here, end - _LAST_BYTES))
    return (b"\n" if end - _LAST_BYTES > here else b"") + stream.read(_LAST_BYTES)


def secrets_removed(text: str, tokens: Mapping[str, str]) -> str:
    """A log line without tokens."""
    for token in tokens.values():
        if token:
            text = text.replace(token, "…")
    return text
