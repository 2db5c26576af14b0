"""The known name that a misspelled one probably stands for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 80
"""How many characters of a name are compared."""


def nearest(word: str, known: Iterable[str], alike: float) -> str:
    """The most similar of some names, "" if none is at least this `alike` (0 to 1, as measured by difflib).

    A file may contain thousands of unknown names. So a name that lacks too many of the letters, or has too many others,
    is not compared: it cannot be similar enough.
    """
    typed = word[:LONGEST]
    letters = _letters(typed)
    close = [
        name
        for name in known
        if (both := len(typed) + len(name)) - (letters ^ _letters(name)).bit_count() >= alike * both
    ]
    return next(iter(difflib.get_close_matches(typed, close, 1, alike)), "")


@lru_cache(maxsize=4096)
def _letters(word: str) -> int:
    """A bit for each letter; different letters may share one."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) & 63)
    return bits
