"""From the first step to the last, forwards and backwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.plain import finish, model, review, trial
from wizard.plain.ask import Move, ask, prompt
from wizard.plain.help import KEYS
from wizard.plain.overview import ask_overview
from wizard.session import engine
from wizard.session.steps.flow import start_step
from wizard.session.steps.progress import may_skip_from, title_of
from wizard.session.steps.start import SAMPLE_LOADED

if TYPE_CHECKING:
    from wizard.plain.talk import Talk
    from wizard.session.steps.base import Step

_SCREENS = {
    "model": model.ask_models,
    "review": review.review,
    "write": finish.write,
    "try": trial.trial,
    "done": finish.done,
}
"""Steps that ask more than their fields."""


def walk(talk: Talk) -> None:
    """Ask every step, or begin with the overview of what is there. Raises EndedError when the input ends."""
    session = talk.session
    talk.terminal.say("Serving Wizard, as questions in lines.")
    talk.terminal.say(KEYS)
    talk.begin()
    if session.demo:
        talk.terminal.say(SAMPLE_LOADED)
    talk.tell_unlike()
    resumed = _resumed(talk)
    if resumed is None:
        return
    step = session.steps[0]
    begun_at_overview = bool(resumed or session.opened)
    after: Step | None = _overview(talk, step) if begun_at_overview else step
    while after is not None:
        step = after
        move = _step(talk, step)
        if move in ("quit", "interrupt"):
            after = None if _left(talk, step, interrupted=move == "interrupt") else step
        elif move == "back":
            before = session.preceding(step)
            if before is None and begun_at_overview:
                after = _overview(talk, step)
                continue
            after = before or step
            if before is None:
                talk.terminal.say("This is the first question.")
        elif move == "jump":
            after = session.step(talk.jump)
        elif move == "again":
            after = session.step(step.id)
        elif move == "rest" and not may_skip_from(step):
            talk.terminal.say("First say who calls it: what is proposed follows from that.")
        elif move in ("rest", "look"):
            after = _overview(talk, step)
        else:
            after = session.following(step)


def _overview(talk: Talk, step: Step) -> Step | None:
    """The overview, opened at a step; returns where to go on, None = leave."""
    session = talk.session
    while True:
        leads = ask_overview(talk, _step)
        if leads == "end":
            return None
        if leads in ("quit", "interrupt"):
            if _left(talk, step, interrupted=leads == "interrupt"):
                return None
        elif leads == "jump":
            return session.step(talk.jump)
        elif leads == "back" and step is session.steps[0]:
            talk.terminal.say("Nothing was asked before this; s asks step by step.")
        else:
            return session.steps[0] if leads == "steps" else session.step(step.id)


def _step(talk: Talk, step: Step) -> Move:
    steps = talk.session.steps
    talk.terminal.say()
    place = [each.id for each in steps].index(step.id) + 1
    talk.terminal.say(f"Step {place} of {len(steps)}: {title_of(step)}. {step.question}")
    if step.help:
        talk.terminal.say(step.help)
    if step.id == engine.SAID_AT and (here := engine.ask(talk.session, both=True)):
        talk.terminal.say(f"Here: {here}")
    move = _SCREENS.get(step.id, _fields)(talk, step)
    missing = talk.session.missing(step) if move == "next" else ""
    if missing:
        talk.terminal.say(missing)
    return "again" if missing else move


def _fields(talk: Talk, step: Step) -> Move:
    """Ask the fields of a step in order; every answer can change which fields there are."""
    at = 0
    talk.session.listing = ""
    while True:
        shown = [field for field in talk.session.fields(step) if field.shown]
        if at >= len(shown):
            return "next"
        move = ask(talk, step, shown[at])
        if move == "back" and at:
            at -= 1
        elif move == "next":
            at += 1
        else:
            return move


def _resumed(talk: Talk) -> bool | None:
    """Offer the draft of an earlier run; returns whether it was accepted, None = leave."""
    draft = talk.session.autosave.offered
    if draft is None:
        return False
    talk.terminal.say(f"There is a draft of {draft.day()} ({draft.about}, in {draft.folder()}).")
    talk.terminal.say("1. Go on with it", "  ")
    talk.terminal.say("2. Start from scratch (now)", "  ")
    typed = prompt(talk, "Number, 1 or 2 [2]:", start_step())
    if typed.move in ("quit", "interrupt"):
        return None
    if typed.text != "1":
        return False
    problem = talk.session.resume()
    if problem:
        talk.terminal.say(problem)
    return not problem


def _left(talk: Talk, step: Step, interrupted: bool) -> bool:
    """Ask whether to leave, and what happens to the draft; False = stay.

    Somebody who typed q meant it, and is asked only about a draft. A second Ctrl-C leaves at once: KeyboardInterrupt.
    """
    session = talk.session
    draft = session.autosave.worth_keeping
    if not draft and not interrupted:
        return True
    talk.terminal.say("Nothing was written yet. Keep the answers as a draft?" if draft else "Leave?")
    talk.terminal.say("1. Yes, keep them and leave (now)" if draft else "1. Yes (now)", "  ")
    talk.terminal.say("2. No, forget them and leave" if draft else "2. No, stay", "  ")
    while True:
        typed = prompt(talk, "Number, 1 or 2, b stays [1]:", step)
        if typed.move == "interrupt":
            raise KeyboardInterrupt
        if typed.move in ("back", "again", "jump") or (typed.text == "2" and not draft):
            return False
        if typed.text == "2":
            session.autosave.discard()
            return True
        if typed.text in ("", "1") or typed.move == "quit":
            if draft:
                talk.terminal.say("The answers are kept as a draft.")
            return True
        talk.terminal.say("1 or 2, please.")
