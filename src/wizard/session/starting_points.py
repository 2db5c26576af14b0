"""Possible starting points: the present answers, and what the Start step offers, each as a whole Plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from wizard.session.steps.edit import chosen
from wizard.session.steps.flow import start_step

if TYPE_CHECKING:
    from wizard.plan import Plan
    from wizard.session.session import Session
    from wizard.session.steps.base import Answer


class StartingPoint(NamedTuple):
    """A Plan to start from; `answer` leads there, None = it is the present one."""

    title: str
    plan: Plan
    answer: Answer | None


def starting_points(session: Session) -> tuple[StartingPoint, ...]:
    """The present answers first; starting points that these answers cannot be changed to are left out."""
    found = [StartingPoint("as it is now", session.plan, None)]
    offered = next(field for field in session.fields(start_step()) if field.id == "preset")
    for option in offered.options:
        answer = chosen(offered, option)
        entry = session.candidate(answer)
        if not isinstance(entry, str):
            found.append(StartingPoint(option.label, entry.plan, answer))
    return tuple(found)
