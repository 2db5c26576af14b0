"""Every answer given so far, so that each can be undone and redone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wizard.session.origins import Origins

if TYPE_CHECKING:
    from wizard.plan import Plan


class Entry(NamedTuple):
    """One answer: the Plan after it, where it was given, and what it is called."""

    plan: Plan
    label: str
    step_id: str = ""
    origins: Origins = Origins()


class History(NamedTuple):
    """Undo history: a list of answers and a cursor."""

    entries: tuple[Entry, ...]
    at: int = 0

    @classmethod
    def begin(cls, plan: Plan, origins: Origins | None = None) -> History:
        """The history of an unchanged Plan."""
        return cls((Entry(plan, "the beginning", origins=origins or Origins()),))

    @property
    def now(self) -> Entry:
        """The present answer."""
        return self.entries[self.at]

    def add(self, entry: Entry) -> History:
        """Adds an answer; undone answers are discarded."""
        return History((*self.entries[: self.at + 1], entry), self.at + 1)

    def undo(self) -> History:
        """The cursor one answer back; the same history if there is none."""
        return self._replace(at=max(0, self.at - 1))

    def redo(self) -> History:
        """The cursor one answer forward; the same history if there is none."""
        return self._replace(at=min(len(self.entries) - 1, self.at + 1))

    def go(self, at: int) -> History:
        """The cursor at an entry. Raises IndexError outside the list."""
        if not 0 <= at < len(self.entries):
            raise IndexError(at)
        return self._replace(at=at)
