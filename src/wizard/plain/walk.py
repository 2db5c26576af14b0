"""From the first step to the last, forwards and backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.plain import finish, model
from wizard.plain.ask import KEYS, Move, ask, prompt

if TYPE_CHECKING:
    from wizard.plain.session import Session
    from wizard.plan import Plan
    from wizard.session.steps.base import Field, Step

_SCREENS = {
    "model": model.ask_models,
    "review": finish.review,
    "write": finish.write,
    "try": finish.trial,
    "done": finish.done,
}
"""Steps that ask more than their fields."""


def walk(session: Session, plan: Plan | None) -> None:
    """Ask every step. Raises EndedError when the input ends."""
    from wizard.session.steps import flow, following, place, preceding

    session.terminal.say("Serving Wizard, as questions in lines.")
    session.terminal.say(KEYS)
    session.begin(plan)
    if not _resumed(session):
        return
    step = flow(session.complete)[0]
    while True:
        move = _step(session, step)
        steps = flow(session.complete)
        if move == "quit":
            if _left(session, step):
                return
            continue
        if move == "back":
            before = preceding(steps, step.id)
            if before is None:
                session.terminal.say("This is the first question.")
            step = before or step
        elif move == "jump":
            step = steps[place(steps, session.jump)]
        elif move == "again":
            step = steps[place(steps, step.id)]
        else:
            after = following(steps, step.id)
            if after is None:
                return
            step = after


def _step(session: Session, step: Step) -> Move:
    from wizard.session.steps import flow, group_of, place, problems

    steps = flow(session.complete)
    group = group_of(step)[1]
    title = group if step.title == group else f"{group}, {step.title}"
    session.terminal.say()
    session.terminal.say(f"Step {place(steps, step.id) + 1} of {len(steps)}: {title}. {step.question}")
    if step.help:
        session.terminal.say(step.help)
    move = _SCREENS.get(step.id, _fields)(session, step)
    missing = problems(step, session.complete) if move == "next" else ()
    for sentence in missing:
        session.terminal.say(sentence)
    return "again" if missing else move


def _shown(session: Session, step: Step) -> tuple[Field, ...]:
    from wizard.session.steps import fields

    settled = session.history.now.settled
    return tuple(f for f in fields(step, session.complete, session.host, settled, session.asks_more) if f.shown)


def _fields(session: Session, step: Step) -> Move:
    """Ask the fields of a step in order; which ones there are can change with every answer."""
    at = 0
    session.asks_more = False
    while True:
        shown = _shown(session, step)
        if at >= len(shown):
            return "next"
        move = ask(session, step, shown[at])
        if move == "back" and at:
            at -= 1
        elif move == "next":
            at += 1
        else:
            return move


def _resumed(session: Session) -> bool:
    """Offer the draft of an earlier run; False = leave."""
    from pydantic import ValidationError

    from wizard.errors import WizardError
    from wizard.exposure.findings.acceptance import in_full
    from wizard.machine import drafts
    from wizard.session.steps import start_step

    draft = drafts.load(session.source, session.demo)
    if draft is None:
        return True
    session.terminal.say(f"There is a draft of {draft.day()} ({draft.about}).")
    session.terminal.say("1. Go on with it", "  ")
    session.terminal.say("2. Begin anew (now)", "  ")
    typed = prompt(session, "Number, 1 or 2 [2]:", start_step())
    if typed.move == "quit":
        return False
    if typed.text != "1":
        return True
    try:
        plan = in_full(draft.plan(), session.host)
        session.view(plan)
    except (ValidationError, WizardError):
        session.terminal.say("This version cannot read that draft.")
        return True
    session.base = draft.base
    session.reports.clear()
    session.history = session.history.add(plan, f"the draft of {draft.day()}", "start")
    for each in plan.models:
        session.look_into(each.path)
    return True


def _left(session: Session, step: Step) -> bool:
    """Ask about the draft; False = stay."""
    if session.outcome is not None or len(session.history.entries) < 2:
        return True
    session.terminal.say("Nothing was written yet. Keep the answers as a draft?")
    session.terminal.say("1. Yes, keep them and leave (now)", "  ")
    session.terminal.say("2. No, forget them and leave", "  ")
    while True:
        typed = prompt(session, "Number, 1 or 2, b stays [1]:", step)
        if typed.move in ("back", "again", "jump"):
            return False
        if typed.text == "2":
            session.forget()
            return True
        if typed.text in ("", "1") or typed.move == "quit":
            session.terminal.say(session.keep())
            return True
        session.terminal.say("1 or 2, please.")
