"""One question as a line prompt: from what was typed to a change of the Plan, or to a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wizard.plain.help import explain, first_aid

if TYPE_CHECKING:
    from wizard.plain.session import Session
    from wizard.session.steps.base import Field, Option, Step

Move = Literal["next", "back", "quit", "again", "jump"]
"""What to do after a question: go on, go back, leave, ask the same step anew because an answer was taken back, or go
to the step that `Session.jump` names."""
KEYS = "Enter keeps the answer, ? explains, b goes back, u takes back the last answer, f applies a fix, q leaves."


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed: a text, or a command that was carried out and says where to go."""

    text: str = ""
    move: Move | None = None


def prompt(session: Session, text: str, step: Step, field: Field | None = None) -> Typed:
    """Ask until something other than help is typed. `=` in front makes a command an ordinary text."""
    while True:
        typed = session.terminal.ask(text)
        word = typed.strip()
        if word.startswith("="):
            return Typed(word[1:] or "=")
        if word.startswith("?") or word.casefold() == "help":
            explain(session, step, field, word.lstrip("?").strip() if word.startswith("?") else "")
        elif word.startswith("!"):
            if first_aid(session, word[1:]):
                return Typed(move="jump")
        elif word.casefold() in ("b", "back"):
            return Typed(move="back")
        elif word.casefold() in ("q", "quit"):
            return Typed(move="quit")
        elif word.casefold() in ("u", "undo"):
            session.undo()
            return Typed(move="again")
        elif word.casefold() in ("f", "fix"):
            session.fix(step.id)
            return Typed(move="again")
        else:
            return Typed(word)


def ask(session: Session, step: Step, field: Field) -> Move:
    """Ask one field and set its answer; bad input is asked again with the reason."""
    if field.kind in ("choice", "cycle"):
        return _choose(session, step, field)
    if field.kind == "many":
        return _choose_many(session, step, field)
    return _list(session, step, field) if field.kind == "list" else _type(session, step, field)


def show_options(session: Session, field: Field) -> None:
    """The options, numbered, the present ones marked."""
    if field.label:
        session.terminal.say(f"{field.label}: {field.hint}." if field.hint else f"{field.label}:")
    for number, option in enumerate(field.options, 1):
        mark = " (now)" if option.id in field.chosen else ""
        parts = [part for part in (option.label + mark, option.detail, option.hint) if part]
        session.terminal.say(f"{number}. {'; '.join(parts)}", "  ")
    if field.proposed:
        session.terminal.say(f"Why this was proposed: {field.proposed}")


def _choose(session: Session, step: Step, field: Field) -> Move:
    show_options(session, field)
    now = [str(n) for n, option in enumerate(field.options, 1) if option.id in field.chosen]
    while True:
        typed = prompt(session, f"Number, 1 to {len(field.options)}{f' [{now[0]}]' if now else ''}:", step, field)
        if typed.move:
            return typed.move
        if not typed.text:
            return "next"
        option = _option(field, typed.text)
        if option is None:
            session.terminal.say(f"A number from 1 to {len(field.options)}, please. {KEYS}")
            continue
        label = f"{step.title}: {option.label}" if not field.label else f"{field.label}: {option.label}"
        problem = session.propose(option.changes, label, step.id)
        if not problem:
            session.asks_more = bool(option.asks)
            return "next"
        session.terminal.say(problem)


def _option(field: Field, text: str) -> Option | None:
    """The option of that number, id or label."""
    if text.isascii() and text.isdigit():
        return field.options[int(text) - 1] if 0 < int(text[:6]) <= len(field.options) else None
    named = [o for o in field.options if text.casefold() in (o.id.casefold(), o.label.casefold())]
    return named[0] if len(named) == 1 else None


def _choose_many(session: Session, step: Step, field: Field) -> Move:
    show_options(session, field)
    now = " ".join(str(n) for n, o in enumerate(field.options, 1) if o.id in field.chosen) or "none"
    while True:
        typed = prompt(session, f"Numbers of all that apply, with blanks between; 0 for none [{now}]:", step, field)
        if typed.move:
            return typed.move
        if not typed.text:
            return "next"
        words = typed.text.replace(",", " ").split()
        options = [_option(field, word) for word in words if word != "0"]
        if any(option is None for option in options):
            session.terminal.say(f"Numbers from 1 to {len(field.options)}, please. {KEYS}")
            continue
        wanted = {option.id for option in options if option}
        problem = _set_many(session, step, field.id, wanted)
        if not problem:
            return "next"
        session.terminal.say(problem)


def _set_many(session: Session, step: Step, field_id: str, wanted: set[str]) -> str:
    """Each option switches itself and is worked out anew after every switch."""
    from wizard.session.steps import fields

    for _ in range(50):
        shown = fields(step, session.complete, session.host, session.history.now.settled)
        field = next(f for f in shown if f.id == field_id)
        differing = [o for o in field.options if (o.id in field.chosen) != (o.id in wanted)]
        if not differing:
            return ""
        problem = session.propose(differing[0].changes, f"{step.title}: {differing[0].label}", step.id)
        if problem:
            return problem
    return "These answers cannot be set together."


def _type(session: Session, step: Step, field: Field) -> Move:
    from wizard.session.steps import change_of

    hint = f" ({field.hint})" if field.hint else ""
    now = field.value or (f"empty: {field.placeholder}" if field.placeholder else "empty")
    while True:
        typed = prompt(session, f"{field.label}{hint} [{now}]:", step, field)
        if typed.move:
            return typed.move
        if not typed.text:
            return "next"
        text = "" if typed.text == "=" else typed.text
        try:
            problem = session.propose(change_of(field, text), f"{field.label} {text}".strip(), step.id)
        except ValueError as error:
            problem = str(error)
        if not problem:
            return "next"
        session.terminal.say(f"Not accepted: {problem}")


def _list(session: Session, step: Step, field: Field) -> Move:
    """Entries one by one, until an empty line."""
    entries = field.value.splitlines()
    session.terminal.say(f"{field.label}: {field.hint}, such as {field.placeholder}.")
    while True:
        for number, entry in enumerate(entries, 1):
            session.terminal.say(f"{number}. {entry}", "  ")
        typed = prompt(session, "One to add, -1 takes away number 1, Enter goes on:", step, field)
        if typed.move:
            return typed.move
        if not typed.text:
            return "next"
        wanted = _edited(entries, typed.text)
        problem = "There is no entry of that number." if wanted is None else ""
        if wanted is not None:
            problem = session.propose(((field.key, wanted),), f"{field.label}: {typed.text}", step.id)
        if problem:
            session.terminal.say(f"Not accepted: {problem}")
        else:
            entries = list(_present(session, field.key))


def _edited(entries: list[str], text: str) -> list[str] | None:
    if text.startswith("-") and text[1:].isascii() and text[1:].isdigit():
        number = int(text[1:6])
        return [e for n, e in enumerate(entries, 1) if n != number] if 0 < number <= len(entries) else None
    return [*entries, *text.replace(",", " ").split()]


def _present(session: Session, key: str) -> tuple[str, ...]:
    """The entries as the Plan keeps them."""
    node: object = session.plan
    for part in key.split("."):
        node = getattr(node, part)
    return tuple(node) if isinstance(node, tuple) else ()
