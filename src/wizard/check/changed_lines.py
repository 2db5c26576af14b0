"""Lines that somebody added to a written file: by comparing it with what its answers would write."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from wizard.fast_start import regex
from wizard.observed.answers import Lost, unanswered
from wizard.observed.source import Source

_KEY = regex(r"(?:-[ ]+)?([A-Za-z][\w.-]*)(?=:|[ ])")
"""A key of Compose, or an instruction of a Dockerfile. What follows may be a secret."""


def added(there: Source, written: str, told: set[int]) -> Iterator[Lost]:
    """Each line that would not be written, but for comments. `told`: lines of which something else is said."""
    mine, others = list(_lines(there.text)), [line for line, _, _ in _lines(written)]
    compared = SequenceMatcher(None, [line for line, _, _ in mine], others, autojunk=False)
    for kind, first, last, _, _ in compared.get_opcodes():
        for line, number, at in mine[first:last] if kind != "equal" else ():
            if number not in told:
                key = _KEY.match(line)
                yield unanswered(key[1] if key else "an entry", there.name, there, at)


def _lines(text: str) -> Iterator[tuple[str, int, int]]:
    """(line without blanks around it, its number, its place) of all that say something."""
    at = 0
    for number, row in enumerate(text.split("\n"), 1):
        line = row.strip()
        if line and not line.startswith("#"):
            yield line, number, at + len(row) - len(row.lstrip())
        at += len(row) + 1
