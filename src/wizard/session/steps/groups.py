"""The entries of the step list, in order: what each asks for, its steps and their questions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from wizard.servers.titles import API_TITLES
from wizard.session.steps import bind, callers, cors, finish, model, protect, start
from wizard.session.steps.base import Field, Step

if TYPE_CHECKING:
    from wizard.host import Host
    from wizard.plan import Plan
    from wizard.session.origins import Origins


class AskedStep(NamedTuple):
    """What the questions of a step depend on."""

    step: Step
    plan: Plan
    """Completed."""
    host: Host
    origins: Origins | None = None
    """Where the answers come from."""
    listing: bool = False
    """The user is about to type what completes an answer."""


class StepGroup(NamedTuple):
    """One entry of the step list: one or several steps."""

    id: str
    title: str
    answers: tuple[str, ...]
    """The top-level keys of the Plan that it asks for."""
    steps: Callable[[Plan | None], tuple[Step, ...]]
    """Its steps for a completed Plan; without one, those that are always asked."""
    fields: Callable[[AskedStep], tuple[Field, ...]] | None = None
    """The questions of one of its steps; None = they only show or do something."""


def _always(*steps: Step) -> Callable[[Plan | None], tuple[Step, ...]]:
    return lambda _: steps


GROUPS = (
    StepGroup(
        "start",
        "Start",
        ("server", "version", "run", "settings"),
        _always(start.SERVER, start.RUN),
        lambda asked: start.fields(asked.step, asked.plan, host=asked.host),
    ),
    StepGroup("model", "Model", ("models",), _always(model.MODEL), lambda asked: model.fields(asked.plan)),
    StepGroup(
        "who",
        "Who calls it",
        ("audiences",),
        _always(callers.WHO),
        lambda asked: callers.fields(asked.plan, asked.host, asked.origins),
    ),
    StepGroup("bind", "Bind", ("bind",), bind.steps, lambda asked: bind.fields(asked.step, asked.plan, asked.host)),
    StepGroup("cors", "CORS", ("cors",), cors.steps, lambda asked: cors.fields(asked.step, asked.plan, asked.listing)),
    StepGroup(
        "protect",
        "Protect",
        ("auth", "tls", "gateway"),
        protect.steps,
        lambda asked: protect.fields(asked.step, asked.plan, asked.host, asked.listing),
    ),
    StepGroup("review", "Review", ("accepted",), _always(finish.REVIEW)),
    StepGroup("write", "Write", (), _always(finish.WRITE)),
    StepGroup("try", "Try", (), _always(finish.TRY)),
    StepGroup("done", "Done", (), _always(finish.DONE)),
)
ASKED = tuple(group.id for group in GROUPS if group.fields)
"""Ids of the groups that ask something."""


def number_of(group_id: str) -> int:
    """The position of a group in the step list, counted from 1."""
    return next(number for number, group in enumerate(GROUPS, 1) if group.id == group_id)


def asked_at(key: str) -> str:
    """Where in the wizard a dotted Plan key is answered, in the words of the step list; "" = nowhere."""
    head, _, rest = key.partition(".")
    title = next((group.title for group in GROUPS if head in group.answers), "")
    api = API_TITLES.get(rest.partition(".")[0], "")
    return ", ".join(part for part in (title, api) if part)
