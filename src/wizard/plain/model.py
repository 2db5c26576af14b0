"""The Model step: each path is looked into, and what is found there is said with the fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.plain.ask import Move, ask, prompt

if TYPE_CHECKING:
    from wizard.models.report import ModelReport, PathFix
    from wizard.plain.session import Session
    from wizard.session.steps.base import Field, Step

_WORDS = {"error": "Will not work", "warning": "Take care", "note": "Good to know"}


def ask_models(session: Session, step: Step) -> Move:
    """Every model's questions, then the path of another one; an empty line goes on."""
    index = 0
    while True:
        count = len(session.plan.models)
        move = _one(session, step, index)
        if len(session.plan.models) < count:
            # One was taken away: the next one has its place now.
            index = min(index, max(0, len(session.plan.models) - 1))
        elif move == "back" and index:
            index -= 1
        elif move != "next" or (index >= count and index >= len(session.plan.models)):
            return move
        elif index < len(session.plan.models):
            index += 1


def _one(session: Session, step: Step, index: int) -> Move:
    from wizard.session.steps import model as questions

    count = len(session.plan.models)
    path = questions.fields(session.complete, index)[0]
    move = _path(session, step, path, index)
    if move != "next" or index >= len(session.plan.models) or len(session.plan.models) < count:
        return move
    if index >= count:
        session.terminal.say(f"It is served as {session.plan.models[index].name}.")
    at = 1
    while at < len(fields := questions.fields(session.complete, index, _found(session, index))):
        if fields[at].shown:
            move = ask(session, step, fields[at])
            if move != "next":
                return move
        at += 1
    return "next"


def _found(session: Session, index: int) -> tuple[int, ...]:
    """The version numbers in a model's folder."""
    return session.look_into(session.plan.models[index].path).numbers


def _path(session: Session, step: Step, field: Field, index: int) -> Move:
    from wizard.session.steps import model as questions

    count = len(session.plan.models)
    if count > 1 and index < count:
        session.terminal.say(f"Model {index + 1} of {count}: {session.plan.models[index].name}.")
    what = "Path of another model, or Enter for no more" if index and index >= count else "Path"
    if count > 1 and index < count:
        what = "Path, = takes this model away"
    now = field.value or ("none" if index else f"empty: {field.placeholder}")
    while True:
        typed = prompt(session, f"{what} [{now}]:", step, field)
        if typed.move:
            return typed.move
        if not typed.text:
            if field.value:
                _say_report(session, session.look_into(field.value))
            return "next"
        path = "" if typed.text == "=" else typed.text
        report = session.look_into(path) if path else None
        name = report.name if report else questions.name_from(path)
        changes = questions.path_changes(session.plan, index, path, name)
        problem = session.propose(changes, f"Model {path or 'taken away'}", step.id) if changes else ""
        if problem:
            session.terminal.say(f"Not accepted: {problem}")
            continue
        if report is None:
            return "next"
        _say_report(session, report)
        return _fix(session, step, index, report)


def _say_report(session: Session, report: ModelReport) -> None:
    terminal = session.terminal
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


def _fix(session: Session, step: Step, index: int, report: ModelReport) -> Move:
    """Offer what would mend the path; Enter leaves it as it is."""
    if not report.fixes:
        return "next"
    for number, fix in enumerate(report.fixes, 1):
        session.terminal.say(f"{number}. {fix.label}", "  ")
    while True:
        typed = prompt(session, "Number of the fix to apply, Enter for none:", step)
        if typed.move:
            return typed.move
        if not typed.text:
            return "next"
        chosen = typed.text
        if not (chosen.isascii() and chosen.isdigit() and 0 < int(chosen[:6]) <= len(report.fixes)):
            session.terminal.say(f"A number from 1 to {len(report.fixes)}, please.")
            continue
        return _apply(session, step, index, report.fixes[int(chosen) - 1])


def _apply(session: Session, step: Step, index: int, fix: PathFix) -> Move:
    from wizard.machine.modelcheck import fix_patch

    problem = session.propose(fix_patch(index, fix), fix.label, step.id)
    if problem:
        session.terminal.say(f"Not accepted: {problem}")
        return "again"
    if fix.kind != "server":
        _say_report(session, session.look_into(session.plan.models[index].path))
    return "next" if fix.kind != "server" else "again"
