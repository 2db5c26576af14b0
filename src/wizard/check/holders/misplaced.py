"""Options of the engine that stand behind the image's name, where they are arguments of the server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.shell_words import Word

LATE = "behind the image"
"""What a start is said to have."""
_PORTS = regex(r"(?:[\w.\[\]:]+:)?\d+(?:-\d+)?:\d+(?:-\d+)?(?:/\w+)?")
_VOLUME = regex(r"[^:]+:/.*")
_VARIABLE = regex(r"[A-Z_][A-Z0-9_]*=.*")
_MOUNT = regex(r"type=\w+,.*")
_VALUES = {
    **dict.fromkeys(("-p", "--publish"), _PORTS),
    **dict.fromkeys(("-v", "--volume"), _VOLUME),
    **dict.fromkeys(("-e", "--env"), _VARIABLE),
    "--mount": _MOUNT,
}
"""Option -> what its value looks like: together they are nothing else."""
_JOINED = regex(r"-p\d+:\d+|--(?:publish=[\d.:]+|volume=[^:]+:/.*|env=[A-Z_]+=.*|mount=type=.*)")


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
    value = _VALUES.get(text)
    return 2 if value is not None and value.fullmatch(following) else 0
