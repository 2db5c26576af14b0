"""The Review step: everything in one paragraph; what cannot work is fixed, what is dangerous is confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.exposure.summary import command, paragraph
from wizard.formats.decimals import counted
from wizard.plain.ask import Move, prompt
from wizard.session import there

if TYPE_CHECKING:
    from wizard.deployment.finding import Finding
    from wizard.exposure.findings.facts import Confirmable
    from wizard.plain.talk import Talk
    from wizard.session.steps.base import Step


def review(talk: Talk, step: Step) -> Move:
    """Everything in one paragraph; what cannot work must be fixed, what is dangerous is confirmed by its word."""
    session, view = talk.session, talk.session.view
    talk.terminal.say(paragraph(view.deployment))
    _say_compared(talk)
    for folded in view.folded:
        accepted = " (accepted by you)" if session.is_accepted(folded) else ""
        talk.terminal.say(f"{folded.finding.word}{accepted}: {folded.sentence}", "  ")
    for finding in session.broken:
        return _mend(talk, step, finding)
    for fact in session.waiting:
        move = _confirm(talk, step, fact)
        if move != "next":
            return move
    _show_command(talk)
    typed = prompt(talk, "Enter goes on to writing:", step)
    return typed.move or "next"


def _say_compared(talk: Talk) -> None:
    """What was there before, compared with what will be there."""
    comparison = there.compared(talk.session)
    if comparison is None:
        return
    talk.terminal.say(f"Compared with what was there:{' the same.' if comparison.nothing else ''}")
    for word, changes in (("Better", comparison.gains), ("Worse", comparison.losses)):
        for change in changes:
            talk.terminal.say(f"{word}: {change.text}", "  ")
    for each in there.unlike(talk.session):
        talk.terminal.say(f"{each.head.capitalize()}: {each.sentence}", "  ")


def _mend(talk: Talk, step: Step, finding: Finding) -> Move:
    talk.terminal.say(f"This will not work: {finding.message} {finding.why}")
    for number, remedy in enumerate(finding.remedies, 1):
        talk.terminal.say(f"{number}. {remedy.label}", "  ")
    if not finding.remedies:
        talk.terminal.say(f"Instead: {finding.instead}")
    words = (
        "Number of the fix, or b to change your answers:" if finding.remedies else "b goes back to change your answers:"
    )
    while True:
        typed = prompt(talk, words, step)
        if typed.move:
            return typed.move
        number = counted(typed.text, len(finding.remedies))
        if not number:
            talk.terminal.say("It has to be fixed before anything is written.")
            continue
        remedy = finding.remedies[number - 1]
        problem = talk.apply(remedy, step)
        if problem:
            talk.terminal.say(problem)
            continue
        return "again"


def _confirm(talk: Talk, step: Step, fact: Confirmable) -> Move:
    word = fact.word
    if len(fact.sides) > 1:
        talk.terminal.say(f"{fact.finding.word}: {fact.sentence} It has {len(fact.sides)} parts, accepted together:")
    for side in fact.sides:
        talk.terminal.say(f"{side.finding.word}: {side.sentence} {side.finding.why}")
        talk.terminal.say(f"Instead: {side.finding.instead}", "  ")
    while True:
        typed = prompt(talk, f"To accept this, type {word}; b goes back to change your answers:", step)
        if typed.move:
            return typed.move
        try:
            problem = talk.propose(talk.session.acceptance(fact, typed.text), step)
        except ValueError:
            problem = f"To accept it, type exactly {word}."
        if not problem:
            return "next"
        talk.terminal.say(problem)


def _show_command(talk: Talk) -> None:
    talk.terminal.say("The same without the wizard:")
    talk.terminal.exactly("  " + " ".join(command(talk.session.plan, "DIR")))
