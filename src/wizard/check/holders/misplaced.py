"""Options of the engine that stand behind the image's name, where they are arguments of the server."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from wizard.formats.shell_words import Word

LATE = "behind the image"
"""What a start is said to have."""
_PAIRS = (
    (re.compile(r"-p|--publish"), re.compile(r"(?:[\w.\[\]:]+:)?\d+(?:-\d+)?:\d+(?:-\d+)?(?:/\w+)?")),
    (re.compile(r"-v|--volume"), re.compile(r"[^:]+:/.*")),
    (re.compile(r"-e|--env"), re.compile(r"[A-Z_][A-Z0-9_]*=.*")),
    (re.compile(r"--mount"), re.compile(r"type=\w+,.*")),
)
"""(option, what its value looks like): together they are nothing else."""
_JOINED = re.compile(r"-p\d+:\d+|--(?:publish=[\d.:]+|volume=[^:]+:/.*|env=[A-Z_]+=.*|mount=type=.*)")


class Misplaced(NamedTuple):
    """The server's own words, and the first option that is none of them."""

    words: tuple[Word, ...]
    first: Word | None


def parted(words: tuple[Word, ...]) -> Misplaced:
    """What stands behind an image's name, without such options."""
    kept: list[Word] = []
    first = None
    at = 0
    while at < len(words):
        taken = _taken(words, at)
        if not taken:
            kept.append(words[at])
        elif first is None:
            first = words[at]
        at += taken or 1
    return Misplaced(tuple(kept), first)


def _taken(words: Sequence[Word], at: int) -> int:
    text = words[at].text
    if _JOINED.fullmatch(text):
        return 1
    following = words[at + 1].text if at + 1 < len(words) else ""
    return 2 if any(name.fullmatch(text) and value.fullmatch(following) for name, value in _PAIRS) else 0
