"""Here-documents: where they end, and how a shell changes their text before a program reads it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.region import Builder, Region

_FILLED = regex(r"\\([$`\\])|\$\{([A-Za-z_]\w*)(?::?-([^${}]*))?\}|\$([A-Za-z_]\w*)|[$`]\(?")


class Sign(NamedTuple):
    """What announces one: `<<EOF`."""

    delimiter: str
    stripped: bool
    """Tabs in front of its lines do not count."""
    quoted: bool
    """The shell fills nothing in."""


class HereDocument(NamedTuple):
    """One here-document; `text` None: it never ends."""

    text: Region | None
    open: bool = False
    """Something after a $ in it comes from outside."""


def read(region: Region, at: int, sign: Sign, known: Callable[[str], str | None]) -> tuple[HereDocument, int]:
    """(the document that begins at `at`, where what follows it begins)."""
    end, behind = ends(region.text, at, sign.delimiter, sign.stripped)
    if end is None:
        return HereDocument(None), behind
    plain = region.part(at, end)
    return HereDocument(plain) if sign.quoted else HereDocument(*filled(plain, known)), behind


def filled(region: Region, known: Callable[[str], str | None]) -> tuple[Region, bool]:
    """(the text with known variables and defaults filled in, whether something else would be filled in)."""
    text = region.text
    if not re.search(r"[$`\\]", text):
        return region, False
    built, at, opened = Builder(), 0, False
    for match in _FILLED.finditer(text):
        built.copy(region, at, match.start())
        at = match.end()
        name = match[2] or match[4]
        value = match[1] or known(name or "") or match[3]
        if value is None:
            opened = True
            built.copy(region, match.start(), match.end())
        else:
            built.add(value, region.origin(match.start()), moving=False)
    built.copy(region, at, len(text))
    return built.region(region.origin(0)), opened


def ends(text: str, at: int, delimiter: str, stripped: bool) -> tuple[int | None, int]:
    """(where the document that begins at `at` ends, None if it does not; where what follows it begins).

    `stripped`: tabs may stand before the delimiter.
    """
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end].rstrip("\r")
        begin, at = at, min(end + 1, len(text))
        if (line.lstrip("\t") if stripped else line) == delimiter:
            return begin, at
    return None, at
