"""The overview apart from its decisions: what it is about, who calls, who gets in, and what going on would do.

Both front ends draw these values; neither decides anything.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from wizard import exposure
from wizard.session.decisions import rows
from wizard.session.steps.edit import chosen

if TYPE_CHECKING:
    from wizard.comparison.view import View
    from wizard.exposure.token_rows import TokenRow
    from wizard.session.session import Session
    from wizard.session.steps.base import Option
    from wizard.session.writing import Planned


class WayOn(NamedTuple):
    """The effect of going on."""

    does: Literal["wait", "mend", "confirm", "write", "nothing"]
    """nothing: the files exist already, as they would be written."""
    words: str
    row: int = 0
    """mend: the line it leads to."""


class Callers(NamedTuple):
    """Who can reach the inference API, in short words."""

    can: tuple[str, ...]
    with_token: tuple[str, ...]
    asked: tuple[str, ...]
    """The browser asks its user first."""
    cannot: tuple[str, ...]


def heading(session: Session) -> str:
    """What is served by what, and how, in one line."""
    plan = session.complete
    where = f"in {session.view.deployment.engine.title}" if plan.contained else "without a container"
    return f"{_names(session)} → {session.view.deployment.title} {plan.version} {where}"


def _names(session: Session) -> str:
    names = [model.name for model in session.plan.models]
    shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return shown or "no model yet"


def audiences(session: Session) -> tuple[tuple[Option, bool], ...]:
    """Each audience as the answer that toggles it, and whether it is among the callers."""
    field = session.fields(session.step("who"))[0]
    return tuple((option, option.id in field.chosen) for option in field.options)


def toggle(session: Session, number: int) -> str:
    """Toggle an audience by its number from 1; proposals follow, given answers stay."""
    field = session.fields(session.step("who"))[0]
    if not 0 < number <= len(field.options):
        return f"A number from 1 to {len(field.options)}, please."
    return session.propose(chosen(field, field.options[number - 1]), "who")


def way_on(session: Session, planned: Planned | None) -> WayOn:
    """What going on would do; `planned`: what writing would do, None while that is unknown."""
    found = rows(session)
    at = next((n for n, row in enumerate(found) if row.trouble == "broken"), None)
    if at is not None:
        return WayOn("mend", f"fix: {found[at].title}", at)
    if session.waiting:
        count = len(session.waiting)
        return WayOn("confirm", f"confirm {'a risk' if count == 1 else f'{count} risks'}")
    if planned is None:
        return WayOn("wait", "write")
    return WayOn("write" if planned.changing else "nothing", planned.way_on)


def state(session: Session, planned: Planned | None) -> str:
    """Whether the files are as the answers would have them."""
    if planned is not None and not planned.changing:
        return "written"
    if planned is None and session.up_to_date:
        return "written"
    before = session.outcome is not None or (planned is not None and bool(planned.replaced))
    return "changed since written" if before else "not written"


def files(session: Session, planned: Planned | None, problem: str = "") -> str:
    """Where the files go, and what would happen to them; or why that cannot be known."""
    if problem:
        return problem
    if not session.plan.models:
        return "none before there is a model"
    if planned is None:
        return "looking …"
    words = {"create": "new", "update": "changed", "unchanged": "as they are"}
    counts = [f"{count} {word}" for action, word in words.items() if (count := _count(planned, action))]
    return f"{_near(planned.target)}   {', '.join(counts)}"


def _near(target: str) -> str:
    """A folder as a person would type it here."""
    here, path = Path.cwd(), Path(target)
    if path == here:
        return "this folder"
    return f"./{path.relative_to(here)}" if path.is_relative_to(here) else target


def begun_with(session: Session) -> str:
    """A note that the answers are from an earlier run, although a model was named; "" if they are not."""
    file = session.begun_with
    return f"These are the answers in {_near(file)}, written earlier; n starts afresh." if file else ""


def left_unwritten(session: Session) -> str:
    """A note that an earlier run left other answers, which can be resumed; "" if it did not."""
    draft = session.autosave.offered
    return f"Other answers, of {draft.day()}, were not written: r takes them." if draft else ""


def callers(view: View) -> Callers:
    """Who can reach the inference API without a token, with it, and not at all: the rows of Reach, in words."""
    found: dict[str, list[str]] = {name: [] for name in Callers._fields}
    every = exposure.token_rows.rows(view.deployment, view.cells, "inference")
    for row in every:
        if row.send == "prompt":
            found["asked"].append(_named(row))
        elif row.send == "yes":
            found["with_token" if row.token else "can"].append(_named(row))
    known = {row.audience for row in every if row.send != "no"} | {"page-rebinding"}  # rarely relevant
    found["cannot"] = [_AUDIENCES[row.audience] for row in every if row.audience not in known]
    return Callers(**{name: tuple(words) for name, words in found.items()})


def _named(row: TokenRow) -> str:
    """A caller, and what it can do besides having its requests carried out."""
    return _AUDIENCES[row.audience] + ("" if row.read == row.send else _READS[row.read])


_READS = {
    "yes": "",
    "no": " (send, not read)",
    "prompt": " (send; before they read, new browsers ask)",
}
_AUDIENCES = {
    "this-process": "you",
    "local-users": "other users here",
    "page-allowed": "the pages you list",
    "page-other": "other web pages",
    "page-rebinding": "pages after DNS rebinding",
    "containers": "containers",
    "lan": "your networks",
    "internet": "the internet",
}


def _count(planned: Planned, action: str) -> int:
    return sum(file.action == action for file in planned.files)
