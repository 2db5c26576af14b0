"""The Model step: look into each path, and say what was found, with the fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.formats.decimals import counted
from wizard.plain.ask import Move, ask, prompt

if TYPE_CHECKING:
    from wizard.models.report import ModelReport, PathFix
    from wizard.plain.talk import Talk
    from wizard.session.steps.base import Field, Step

_WORDS = {"functional": "Will not work", "medium": "Take care", "info": "Good to know"}


def ask_models(talk: Talk, step: Step) -> Move:
    """Every model's questions, then the path of another one; an empty line goes on."""
    index = 0
    while True:
        count = len(talk.session.plan.models)
        move = _one(talk, step, index)
        if len(talk.session.plan.models) < count:
            # One was taken away: the next one has its place now.
            index = min(index, max(0, len(talk.session.plan.models) - 1))
        elif move == "back" and index:
            index -= 1
        elif move != "next" or (index >= count and index >= len(talk.session.plan.models)):
            return move
        elif index < len(talk.session.plan.models):
            index += 1


def _one(talk: Talk, step: Step, index: int) -> Move:
    count = len(talk.session.plan.models)
    path = talk.session.model_fields(index)[0]
    move = _path(talk, step, path, index)
    if move != "next" or index >= len(talk.session.plan.models) or len(talk.session.plan.models) < count:
        return move
    if index >= count:
        talk.terminal.say(f"It is served as {talk.session.plan.models[index].name}.")
    at = 1
    while at < len(fields := talk.session.model_fields(index)):
        if fields[at].shown:
            move = ask(talk, step, fields[at])
            if move != "next":
                return move
        at += 1
    return "next"


def _path(talk: Talk, step: Step, field: Field, index: int) -> Move:
    count = len(talk.session.plan.models)
    if count > 1 and index < count:
        talk.terminal.say(f"Model {index + 1} of {count}: {talk.session.plan.models[index].name}.")
    what = "Path of another model, or Enter for no more" if index and index >= count else "Path"
    if count > 1 and index < count:
        what = "Path, = removes this model"
    now = field.value or ("none" if index else f"empty: {field.hint}")
    while True:
        typed = prompt(talk, f"{what} [{now}]:", step, field)
        if typed.move:
            return typed.move
        if not typed.text:
            if field.value:
                _say_report(talk, talk.look_into(field.value))
            return "next"
        path = "" if typed.text == "=" else typed.text
        report = talk.look_into(path) if path else None
        problem = talk.propose(talk.session.path_answer(index, path), step)
        if problem:
            talk.terminal.say(f"Not accepted: {problem}")
            continue
        if report is None:
            return "next"
        _say_report(talk, report)
        if report.usable or report.fixes:
            return _fix(talk, step, index, report)
        field = talk.session.model_fields(index)[0]
        what, now = "Another path, or Enter to keep this one all the same", field.value


def _say_report(talk: Talk, report: ModelReport) -> None:
    terminal = talk.terminal
    if report.title:
        terminal.say(f"{report.title[0].upper()}{report.title[1:]}.")
    numbers = ", ".join(map(str, report.numbers))
    if numbers:
        terminal.say(f"Versions: {numbers}.")
    served = report.served
    for signature in list(served.signatures.values())[:6] if served else ():
        takes = ", ".join(f"{name} {tensor}" for name, tensor in signature.inputs.items())
        gives = ", ".join(f"{name} {tensor}" for name, tensor in signature.outputs.items())
        terminal.say(f"Signature {signature.name}: takes {takes}; gives {gives}.")
    for servable in report.servables[:6]:
        if servable.line:
            terminal.say(f"{servable.line}.")
    for problem in report.problems[:6]:
        more = f" {problem.instead}" if problem.instead else ""
        terminal.say(f"{_WORDS[problem.severity]}: {problem.message}{more}")


def _fix(talk: Talk, step: Step, index: int, report: ModelReport) -> Move:
    """Offer the fixes for a path; Enter leaves it as it is."""
    if not report.fixes:
        return "next"
    for number, fix in enumerate(report.fixes, 1):
        talk.terminal.say(f"{number}. {fix.label}", "  ")
    while True:
        typed = prompt(talk, "Number of the fix to apply, Enter for none:", step)
        if typed.move:
            return typed.move
        if not typed.text:
            return "next"
        if number := counted(typed.text, len(report.fixes)):
            return _apply(talk, step, index, report.fixes[number - 1])
        talk.terminal.say(f"A number from 1 to {len(report.fixes)}, please.")


def _apply(talk: Talk, step: Step, index: int, fix: PathFix) -> Move:
    problem = talk.propose(talk.session.path_fix(index, fix), step)
    if problem:
        talk.terminal.say(f"Not accepted: {problem}")
        return "again"
    if fix.kind != "server":
        _say_report(talk, talk.look_into(talk.session.plan.models[index].path))
    return "next" if fix.kind != "server" else "again"
