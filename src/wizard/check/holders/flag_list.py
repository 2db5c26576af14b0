"""Files that contain nothing but the flags of a server."""

from __future__ import annotations

from wizard.fast_start import regex
from wizard.formats.shell_words import split
from wizard.observed.source import Source
from wizard.observed.start import Start

_FLAG = regex(r"--?(?:[A-Za-z]|$)")


def only(text: str) -> bool:
    """Only flags, one or more per line, and comments."""
    rows = [row.strip() for row in text.splitlines()]
    told = [row for row in rows if row and not row.startswith("#")]
    return bool(told) and all(_FLAG.match(row) for row in told)


def read(source: Source) -> Start:
    """A start with these flags, of whichever server knows them."""
    rows = [row for row in source.region.lines() if not row[1].lstrip().startswith("#")]
    lengths = [(at, len(row.rstrip().removesuffix("\\"))) for at, row in rows]
    words = [w for at, length in lengths for w in split(source.region.part(at, at + length))]
    words = [word._replace(expands="$" in word.text) for word in words]
    return Start("flags", source, source.name, 0, command=tuple(words))
