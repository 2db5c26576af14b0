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


class Asking(NamedTuple):
    """What the questions of a step depend on."""

    step: Step
    plan: Plan
    """Completed."""
    host: Host
    origins: Origins | None = None
    """Where the answers come from."""
    listing: bool = False
    """The user is about to type what completes an answer."""


class Group(NamedTuple):
    """One entry of the step list: one or several steps."""

    id: str
    title: str
    answers: tuple[str, ...]
    """The top-level keys of the Plan that it asks for."""
    steps: Callable[[Plan | None], tuple[Step, ...]]
    """Its steps for a completed Plan; without one, those that are always asked."""
    fields: Callable[[Asking], tuple[Field, ...]] | None = None
    """The questions of one of its steps; None = they only show or do something."""


def _always(*steps: Step) -> Callable[[Plan | None], tuple[Step, ...]]:
    return lambda _: steps


GROUPS = (
    Group(
        "start",
        "Start",
        ("server", "version", "run", "settings"),
        _always(start.SERVER, start.RUN),
        lambda asking: start.fields(asking.step, asking.plan, host=asking.host),
    ),
    Group("model", "Model", ("models",), _always(model.MODEL), lambda asking: model.fields(asking.plan)),
    Group(
        "who",
        "Who calls it",
        ("audiences",),
        _always(callers.WHO),
        lambda asking: callers.fields(asking.plan, asking.host, asking.origins),
    ),
    Group("bind", "Bind", ("bind",), bind.steps, lambda asking: bind.fields(asking.step, asking.plan, asking.host)),
    Group("cors", "CORS", ("cors",), cors.steps, lambda asking: cors.fields(asking.step, asking.plan, asking.listing)),
    Group(
        "protect",
        "Protect",
        ("auth", "tls", "gateway"),
        protect.steps,
        lambda asking: protect.fields(asking.step, asking.plan, asking.host, asking.listing),
    ),
    Group("review", "Review", ("accepted",), _always(finish.REVIEW)),
    Group("write", "Write", (), _always(finish.WRITE)),
    Group("try", "Try", (), _always(finish.TRY)),
    Group("done", "Done", (), _always(finish.DONE)),
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
