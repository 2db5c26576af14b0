"""The overview as lines: every decision with its number; Enter writes, a number changes one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal

from wizard.errors import WizardError
from wizard.formats.decimals import decimal
from wizard.plain import finish, trial
from wizard.plain.ask import Move, option_named, prompt
from wizard.session import engine, overview, writing
from wizard.session.decisions import rows
from wizard.session.steps.edit import chosen

if TYPE_CHECKING:
    from wizard.plain.talk import Talk
    from wizard.session.decisions import Row
    from wizard.session.session import Session
    from wizard.session.steps.base import Step
    from wizard.session.writing import Planned

Leads = Literal["quit", "interrupt", "back", "steps", "jump", "end"]
"""What the overview leads to: leaving (by q or Ctrl-C), the previous question, the questions one by one, the step
that an error message led to, or nothing, because everything is done."""
_KEYS = (
    "Enter goes on, t writes and tries. A number opens that line, to change it; two digits answer at once: 82 is "
    "line 8, answer 2. l lists all lines, d shows the files, s asks step by step, f applies a fix, ? explains, "
    "q leaves."
)
_TROUBLES = {"broken": "will not work", "confirm": "to be confirmed", "": ""}


def ask_overview(talk: Talk, ask_step: Callable[[Talk, Step], Move]) -> Leads:
    """Show every decision until the files are written or something else is wanted; `ask_step` asks a whole step."""
    session, step = talk.session, talk.session.step("review")
    told: list[str] = []
    if session.asks_first:
        first, session.asks_first = session.step(session.asks_first), ""
        _asked(talk, first, ask_step)
    while True:
        planned, problem = _planned(talk)
        now = list(_lines(session, planned, problem))
        _tell(talk, told, now)
        told = now
        way = overview.way_on(session, planned)
        typed = prompt(talk, f"Enter: {problem or way.words}. What to do:", step, keys=_KEYS)
        if typed.move in ("quit", "interrupt", "back", "jump"):
            return typed.move
        word = typed.text.casefold()
        if typed.move:
            continue
        if word == "s":
            return "steps"
        if word == "l":
            told = []
        elif word == "n" and session.begun_with:
            talk.terminal.say(session.start_afresh() or "A fresh start: only the model is kept. u takes it back.")
        elif word == "d":
            _differences(talk, planned)
        elif word.isascii() and word.isdigit():
            _change(talk, rows(session), decimal(word) or 0, ask_step)
        elif word in ("", "t"):
            if _go_on(talk, word == "t", ask_step):
                return "end"
        else:
            talk.terminal.say(_KEYS)


def _planned(talk: Talk) -> tuple[Planned | None, str]:
    if not talk.session.plan.models:
        return None, ""
    try:
        return writing.look(talk.session, writing.usual_target(talk.session)), ""
    except (WizardError, OSError) as error:
        return None, str(error).partition("\n")[0]


def _tell(talk: Talk, before: list[str], now: list[str]) -> None:
    """All lines the first time; after that, only the new ones."""
    talk.terminal.say()
    fresh = [line for line in now if line not in before]
    if not before:
        talk.terminal.say(_KEYS)
    elif fresh:
        talk.terminal.say("In the overview now:")
    for line in fresh:
        talk.terminal.say(line, "  " if line[:1].isdigit() else "")


def _lines(session: Session, planned: Planned | None, problem: str) -> Iterator[str]:
    found = rows(session)
    yield f"Overview: {overview.heading(session)}."
    if begun := overview.begun_with(session):
        yield begun
    chosen = [option.label for option, here in overview.audiences(session) if here]
    yield f"1. Who calls it: {', '.join(chosen) or 'nobody was named'}"
    for number, row in enumerate(found, 2):
        notes = [note for note in (row.origin, _TROUBLES[row.trouble]) if note]
        yield f"{number}. {row.title}: {', '.join(row.value.split('   '))} ({', '.join(notes)})"
    where = overview.files(session, planned, problem)
    yield f"{len(found) + 2}. Files: {', '.join(where.split('   '))}"
    callers = overview.callers(session.view)
    for head, words in (
        ("Can call it", callers.can),
        ("With the token", callers.with_token),
        ("After the browser asked", callers.asked),
        ("Kept out", callers.cannot),
    ):
        if words:
            yield f"{head}: {', '.join(words)}."
    for each in session.view.folded:
        if not each.finding.light:
            accepted = " (accepted by you)" if session.is_accepted(each) else ""
            yield f"{each.finding.word}{accepted}: {each.sentence}"
    if here := engine.ask(session):
        yield f"Here: {here}"


def _change(talk: Talk, found: tuple[Row, ...], number: int, ask_step: Callable[[Talk, Step], Move]) -> None:
    """Ask the steps of a line; going back from the first, or leaving, returns to the overview."""
    if number > len(found) + 2 and _answered(talk, found, str(number)):
        return
    if not 0 < number <= len(found) + 2:
        talk.terminal.say(f"A number from 1 to {len(found) + 2}, please.")
        return
    if number == len(found) + 2:
        step = talk.session.step("write")
        typed = prompt(talk, f"Folder, created if it does not exist [{writing.usual_target(talk.session)}]:", step)
        talk.session.target = typed.text or talk.session.target
        return
    ids = ("who",) if number == 1 else found[number - 2].steps
    for step_id in ids:
        asked = next((each for each in talk.session.steps if each.id == step_id), None)
        if asked is not None and not _asked(talk, asked, ask_step):
            return


def _answered(talk: Talk, found: tuple[Row, ...], digits: str) -> bool:
    """Give a line the answer whose number follows its own; False if one is missing or the answer needs more."""
    if digits[0] == "1":
        return _switched(talk, int(digits[1:]))
    if not 2 <= int(digits[0]) < len(found) + 2:
        return False
    step = talk.session.step(found[int(digits[0]) - 2].steps[0])
    field = next((each for each in talk.session.fields(step) if each.shown), None)
    option = option_named(field, digits[1:]) if field is not None and field.kind == "choice" else None
    if field is None or option is None or option.asks:
        return False
    talk.terminal.say(f"{found[int(digits[0]) - 2].title}: {option.label}.")
    problem = talk.propose(chosen(field, option), step)
    if problem:
        talk.terminal.say(problem)
    return True


def _switched(talk: Talk, number: int) -> bool:
    """Add or remove one of the callers; False if there is none with that number."""
    every = overview.audiences(talk.session)
    if not 0 < number <= len(every):
        return False
    option, was = every[number - 1]
    talk.terminal.say(f"{'Without' if was else 'Who calls it'}: {option.label}.")
    problem = overview.toggle(talk.session, number)
    if problem:
        talk.terminal.say(problem)
    return True


def _asked(talk: Talk, step: Step, ask_step: Callable[[Talk, Step], Move]) -> bool:
    """Ask one step; returns whether to go on with the next one of its line."""
    while True:
        move = ask_step(talk, step)
        if move != "again":
            return move == "next"


def _go_on(talk: Talk, trying: bool, ask_step: Callable[[Talk, Step], Move]) -> bool:
    """Fix, confirm or write; returns whether everything is done."""
    session = talk.session
    planned, problem = _planned(talk)
    way = overview.way_on(session, planned)
    if way.does == "mend":
        _change(talk, rows(session), way.row + 2, ask_step)
        return False
    if way.does == "confirm":
        _asked(talk, session.step("review"), ask_step)
        return False
    if planned is None:
        talk.terminal.say(problem)
        return False
    if not finish.write_to(talk, session.step("write"), planned):
        return False
    if trying:
        trial.start_trial(talk)
    finish.last_words(talk)
    return True


def _differences(talk: Talk, planned: Planned | None) -> None:
    if planned is None:
        talk.terminal.say("There is nothing to write yet.")
        return
    for file in planned.files:
        talk.terminal.say(f"{finish.ACTIONS[file.action]}: {file.path}, {file.bytes} bytes", "  ")
    for path in planned.replaced:
        talk.terminal.exactly("\n".join(finish.difference(planned, path)))
