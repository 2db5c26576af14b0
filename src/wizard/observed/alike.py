"""The known name that a misspelt one probably stands for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

LONGEST = 80
"""Letters of a name that are compared."""


def nearest(word: str, known: Iterable[str], alike: float) -> str:
    """The most alike of some names, "" where none is at least that much `alike` (0 to 1, as difflib measures it).

    A file may hold thousands of names that nobody knows. So a name that lacks too many of the letters, or has too many
    others, is not compared: it cannot be alike enough.
    """
    import difflib  # needed for a misspelt word only

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
