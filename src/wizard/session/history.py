"""Every answer given so far, so that each can be taken back and put again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.plan import Plan


@dataclass(frozen=True, slots=True)
class Entry:
    """One answer: the Plan after it, where it was given, and what to call it."""

    plan: Plan
    label: str
    step_id: str = ""
    settled: frozenset[str] = frozenset()
    """Plan keys that the user answered by hand up to here; proposals leave them alone."""


@dataclass(frozen=True, slots=True)
class History:
    """A line of answers with a mark at the present one."""

    entries: tuple[Entry, ...]
    at: int = 0

    @classmethod
    def begin(cls, plan: Plan) -> History:
        """The history of a Plan nobody changed yet."""
        return cls((Entry(plan, "the beginning"),))

    @property
    def now(self) -> Entry:
        """The present answer."""
        return self.entries[self.at]

    def add(self, plan: Plan, label: str, step_id: str, settled: Iterable[str] = ()) -> History:
        """One more answer; what had been taken back is forgotten."""
        entry = Entry(plan, label, step_id, self.now.settled | frozenset(settled))
        return History((*self.entries[: self.at + 1], entry), self.at + 1)

    def undo(self) -> History:
        """The last answer taken back; the same when there is none."""
        return replace(self, at=max(0, self.at - 1))

    def redo(self) -> History:
        """The answer put again that was taken back last; the same when there is none."""
        return replace(self, at=min(len(self.entries) - 1, self.at + 1))

    def go(self, at: int) -> History:
        """The present moved to an entry. Raises IndexError outside the line."""
        if not 0 <= at < len(self.entries):
            raise IndexError(at)
        return replace(self, at=at)
