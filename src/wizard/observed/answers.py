"""The answers that correspond to a set-up, each with the place it came from, and what has no answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wizard.observed.source import Source


class ObservedAnswer(NamedTuple):
    """One answer; `key` as in the answers file, with dots, such as `bind.inference`."""

    key: str
    value: object
    source: Source | None = None
    """None: a default of the server or its image."""
    at: int = 0


class Lost(NamedTuple):
    """Something in a file that has no answer, with the reason."""

    what: str
    source: Source | None = None
    at: int | None = None
    kept: bool = False
    """It has an answer, but works differently than before."""
    by_hand: bool = False
    """It should be added again as it is."""


def unanswered(name: str, written: str, source: Source | None, at: int | None, words: str = "it") -> Lost:
    """A setting without an answer, and the written file to which it can be added again, as `words`."""
    return Lost(f"{name}: there is no answer for it; add {words} to the written {written}.", source, at, by_hand=True)


class Imported(NamedTuple):
    """What one server's package makes of the files."""

    answers: tuple[ObservedAnswer, ...] = ()
    lost: tuple[Lost, ...] = ()
    variables: frozenset[str] = frozenset()
    """Environment variables that the answers, or the reported losses, account for."""

    @classmethod
    def of(cls, found: Iterable[ObservedAnswer | Lost], variables: Iterable[str]) -> Imported:
        """What was found, as answers and as things without one."""
        read = tuple(found)
        answers = tuple(each for each in read if isinstance(each, ObservedAnswer))
        return cls(answers, tuple(each for each in read if isinstance(each, Lost)), frozenset(variables))
