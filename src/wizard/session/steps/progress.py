"""How far the user is: each step with its state, as the step list shows it."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING, Literal, NamedTuple

from wizard.servers.titles import api_title
from wizard.session.steps import protect
from wizard.session.steps.base import Step
from wizard.session.steps.flow import flow, group_of, step_of_finding
from wizard.session.steps.groups import GROUPS, number_of

if TYPE_CHECKING:
    from wizard.deployment.finding import Finding

State = Literal["done", "current", "todo", "problem"]


class RailEntry(NamedTuple):
    """One line of the step list."""

    title: str
    state: State
    step_id: str
    """Where selecting it leads."""
    part: bool = False
    """It is part of the entry above it."""


def progress(
    steps: tuple[Step, ...], current: Step, visited: Set[str], done: Set[str], findings: Iterable[Finding]
) -> tuple[RailEntry, ...]:
    """Every group of steps, and the parts of the current one.

    A step is a problem if it was visited and its answers cannot work (a `functional` finding).
    """
    broken = {step.id for step in _blamed(steps, findings)} & visited
    entries: list[RailEntry] = []
    for group in GROUPS:
        parts = [step for step in steps if step.group == group.id]
        if not parts:
            entries.append(RailEntry(group.title, "todo", current.id))
            continue
        here = group.id == current.group
        entries.append(RailEntry(group.title, "current" if here else _state(parts, current, done, broken), parts[0].id))
        if here and len(parts) > 1:
            entries += [RailEntry(p.title, _state([p], current, done, broken), p.id, part=True) for p in parts]
    return tuple(entries)


def _blamed(steps: tuple[Step, ...], findings: Iterable[Finding]) -> list[Step]:
    found = [step_of_finding(finding, steps) for finding in findings if finding.severity == "functional"]
    return [step for step in found if step is not None]


def _state(parts: list[Step], current: Step, done: Set[str], broken: Set[str]) -> State:
    ids = {part.id for part in parts}
    if current.id in ids:
        return "current"
    if ids & broken:
        return "problem"
    return "done" if ids <= done else "todo"


def title_of(step: Step) -> str:
    """A step's name with that of its group: "Bind, inference"."""
    group = group_of(step)[1]
    return group if step.title == group else f"{group}, {step.title}"


def title_of_id(step_id: str) -> str:
    """The same for a step that may no longer be asked: "Bind, inference"."""
    asked = next((step for step in (*flow(None), protect.TLS, protect.GATEWAY) if step.id == step_id), None)
    if asked is not None:
        return title_of(asked)
    head, _, rest = step_id.partition(".")
    group = next((group.title for group in GROUPS if group.id == head), head)
    part = protect.token_title(rest) if head == "protect" else api_title(rest)
    return f"{group}, {part}" if rest else group


def may_skip_from(step: Step) -> bool:
    """Whether the proposals for the rest may be accepted: from the question on who calls, on which they are based."""
    return number_of("who") <= number_of(step.group) <= number_of("review")


def place_in_words(step: Step) -> str:
    """The current position in one line: "4/10 Bind ▸ inference"."""
    number, group = group_of(step)
    part = f" ▸ {step.title}" if step.title != group else ""
    return f"{number}/{len(GROUPS)}  {group}{part}"
