"""One question as a line prompt: from what was typed to a change of the Plan, or to a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wizard.cors.origins import meant  # all lists are lists of origins
from wizard.formats.decimals import counted
from wizard.plain.help import KEYS, explain, first_aid
from wizard.session.offers import offers
from wizard.session.steps.edit import chosen, listed, typed
from wizard.session.steps.flow import start_step

if TYPE_CHECKING:
    from wizard.plain.talk import Talk
    from wizard.session.steps.base import Field, Option, Step

Move = Literal["next", "back", "quit", "interrupt", "again", "jump", "rest", "look"]
"""What to do after a question: go on; go back; leave; leave if that was meant (Ctrl-C); ask the same step again
because an answer was undone; go to the step that `Talk.jump` names; keep the rest as it is and show the overview; or
show the answers of the server that was looked at."""


_MOVES: dict[str, Move] = {"b": "back", "back": "back", "q": "quit", "quit": "quit", "a": "rest"}
"""Typed commands that go elsewhere."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What was typed: a text, or a command that was carried out and says where to go."""

    text: str = ""
    move: Move | None = None


def prompt(talk: Talk, text: str, step: Step, field: Field | None = None, keys: str = KEYS) -> Reply:
    """Ask until a line is not a request for help. `=` in front makes a command an ordinary text.

    `keys`: what can be typed here, for whoever asks for help.
    """
    while True:
        try:
            line = talk.terminal.ask(text)
        except KeyboardInterrupt:
            talk.terminal.say()
            return Reply(move="interrupt")
        word = line.strip()
        if word.startswith("="):
            return Reply(word[1:] or "=")
        if word.startswith("?") or word.casefold() == "help":
            explain(talk, step, field, word.lstrip("?").strip() if word.startswith("?") else "", keys)
        elif word.startswith("!"):
            if first_aid(talk, word[1:]):
                return Reply(move="jump")
        elif word.casefold() in _MOVES:
            return Reply(move=_MOVES[word.casefold()])
        elif word.casefold() in ("u", "undo"):
            talk.undo()
            return Reply(move="again")
        elif word.casefold() in ("f", "fix"):
            talk.fix(step)
            return Reply(move="again")
        elif step.id == start_step().id and word.casefold() in talk.looks:
            if talk.look_at(talk.looks.index(word.casefold())):
                return Reply(move="look")
        else:
            return Reply(word)


def ask(talk: Talk, step: Step, field: Field) -> Move:
    """Ask one field and set its answer; after bad input, say why and ask again."""
    if field.kind in ("choice", "cycle"):
        return _choose(talk, step, field)
    if field.kind == "many":
        return _choose_many(talk, step, field)
    return _list(talk, step, field) if field.kind == "list" else _type(talk, step, field)


def show_options(talk: Talk, field: Field) -> None:
    """The options, numbered, with the present ones marked."""
    if field.label:
        talk.terminal.say(f"{field.label}: {field.hint}." if field.hint else f"{field.label}:")
    for number, option in enumerate(field.options, 1):
        mark = " (now)" if option.id in field.chosen else ""
        parts = [part for part in (option.label + mark, option.detail, option.hint) if part]
        talk.terminal.say(f"{number}. {'; '.join(parts)}", "  ")
    if field.proposed:
        talk.terminal.say(f"Why this was proposed: {field.proposed}")


_MANY = 5
"""Options without explanation, such as versions, are listed only on request if there are many of them."""


def _bare(field: Field) -> bool:
    return len(field.options) > _MANY and not any(option.hint or option.detail for option in field.options)


def _choose(talk: Talk, step: Step, field: Field) -> Move:
    now = [(str(n), option.label) for n, option in enumerate(field.options, 1) if option.id in field.chosen]
    kept = now[0] if now else ("", "")
    unlisted = _bare(field)
    if unlisted:
        hint = f": {field.hint}" if field.hint else ""
        talk.terminal.say(f"{field.label}{hint}. l lists all {len(field.options)}.")
    else:
        show_options(talk, field)
    while True:
        numbers = f"Number, 1 to {len(field.options)}{f' [{kept[0]}]' if now else ''}:"
        line = prompt(talk, f"{field.label}, or l [{kept[1]}]:" if unlisted else numbers, step, field)
        if line.move:
            return line.move
        if not line.text:
            return "next"
        if unlisted and line.text.casefold() == "l":
            unlisted = False
            show_options(talk, field)
            continue
        option = option_named(field, line.text)
        if option is None:
            talk.terminal.say(f"A number from 1 to {len(field.options)}, please. {KEYS}")
            continue
        # The present answer stays as it is, also where it is one that was left to the default.
        present = option.id in field.chosen
        problem = "" if present else talk.propose(chosen(field, option), step)
        if not problem:
            talk.session.listing = step.id if option.asks else ""
            return "next"
        talk.terminal.say(problem)


def option_named(field: Field, text: str) -> Option | None:
    """The option with that number, id or label."""
    if text.isascii() and text.isdigit():
        number = counted(text, len(field.options))
        return field.options[number - 1] if number else None
    named = [o for o in field.options if text.casefold() in (o.id.casefold(), o.label.casefold())]
    return named[0] if len(named) == 1 else None


def _choose_many(talk: Talk, step: Step, field: Field) -> Move:
    show_options(talk, field)
    now = " ".join(str(n) for n, o in enumerate(field.options, 1) if o.id in field.chosen) or "none"
    while True:
        line = prompt(talk, f"Numbers of all that apply, separated by blanks; 0 for none [{now}]:", step, field)
        if line.move:
            return line.move
        if not line.text:
            return "next"
        words = line.text.replace(",", " ").split()
        options = [option_named(field, word) for word in words if word != "0"]
        if any(option is None for option in options):
            talk.terminal.say(f"Numbers from 1 to {len(field.options)}, please. {KEYS}")
            continue
        wanted = {option.id for option in options if option}
        problem = _set_many(talk, step, field.id, wanted)
        if not problem:
            return _offer(talk, step)
        talk.terminal.say(problem)


def _set_many(talk: Talk, step: Step, field_id: str, wanted: set[str]) -> str:
    """Each option toggles; the options are computed again after every toggle."""
    for _ in range(50):
        field = next(f for f in talk.session.fields(step) if f.id == field_id)
        differing = [o for o in field.options if (o.id in field.chosen) != (o.id in wanted)]
        if not differing:
            return ""
        problem = talk.propose(chosen(field, differing[0]), step)
        if problem:
            return problem
    return "These answers cannot be set together."


def _offer(talk: Talk, step: Step) -> Move:
    """Proposals that differ from the present answers, which stay unless the proposals are accepted."""
    other = [offer for offer in offers(talk.session) if offer.differs]
    if not other:
        return "next"
    talk.terminal.say("Proposed, but your own answers differ:")
    for offer in other:
        talk.terminal.say(offer.proposal.sentence, "  ")
    talk.terminal.say("1. Keep my answers (now)", "  ")
    talk.terminal.say("2. Take what is proposed", "  ")
    while True:
        line = prompt(talk, "Number, 1 or 2 [1]:", step)
        if line.move:
            return line.move
        if line.text in ("", "1"):
            return "next"
        if line.text == "2":
            problem = talk.take()
            if problem:
                talk.terminal.say(problem)
            return "next"
        talk.terminal.say("1 or 2, please.")


def _type(talk: Talk, step: Step, field: Field) -> Move:
    hint = f" ({field.hint})" if field.hint else ""
    now = field.value or (f"empty: {field.placeholder}" if field.placeholder else "empty")
    doubted = ""
    while True:
        line = prompt(talk, f"{field.label}{hint} [{now}]:", step, field)
        if line.move:
            return line.move
        if not line.text:
            return "next"
        if _seldom(field, line.text) and line.text != doubted:
            doubted = line.text
            talk.terminal.say(
                f"Ports below 1024 belong to the system's own services. Type {doubted} again to use it anyway."
            )
            continue
        try:
            problem = talk.propose(typed(field, "" if line.text == "=" else line.text), step)
        except ValueError as error:
            problem = str(error)
        if not problem:
            return "next"
        talk.terminal.say(f"Not accepted: {problem}")


def _seldom(field: Field, text: str) -> bool:
    """Whether it is a port number that is more likely to be the number of an option above."""
    return field.number and field.key.endswith(".port") and text.isascii() and text.isdigit() and int(text[:6]) < 1024


def _list(talk: Talk, step: Step, field: Field) -> Move:
    """Entries one by one, until an empty line."""
    entries = field.value.splitlines()
    talk.terminal.say(f"{field.label}: {field.hint}, such as {field.placeholder}.")
    while True:
        for number, entry in enumerate(entries, 1):
            talk.terminal.say(f"{number}. {entry}", "  ")
        line = prompt(talk, "One to add, -1 removes number 1, Enter goes on:", step, field)
        if line.move:
            return line.move
        if not line.text:
            return "next"
        wanted = _edited(talk, entries, line.text)
        problem = "There is no entry with that number." if wanted is None else ""
        if wanted is not None:
            problem = talk.propose(listed(field, wanted), step)
        if problem:
            talk.terminal.say(f"Not accepted: {problem}")
        else:
            # The Plan stores its own spelling of what was typed.
            field = next(f for f in talk.session.fields(step) if f.id == field.id)
            entries = field.value.splitlines()


def _edited(talk: Talk, entries: list[str], text: str) -> list[str] | None:
    if text.startswith("-") and text[1:].isascii() and text[1:].isdigit():
        number = counted(text[1:], len(entries))
        return [e for n, e in enumerate(entries, 1) if n != number] if number else None
    found = meant(text)
    for each in found:
        if each.correction:
            talk.terminal.say(f"{each.origin} ({each.correction}).")
    return [*entries, *([each.origin for each in found] or text.replace(",", " ").split())]
