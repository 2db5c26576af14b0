"""Review, write, try, done."""

from __future__ import annotations

from dataclasses import replace
from difflib import unified_diff
from typing import TYPE_CHECKING

from wizard import console
from wizard.errors import WizardError
from wizard.machine import tokens
from wizard.plain.ask import Move, Reply, prompt
from wizard.session import ending
from wizard.session.writing import Planned, Policy, look, usual_target
from wizard.session.writing import write as write_files

if TYPE_CHECKING:
    from wizard.plain.talk import Talk
    from wizard.session.steps.base import Step
    from wizard.session.written import WrittenProject

ACTIONS = {
    "create": "new",
    "update": "replaced",
    "unchanged": "unchanged",
    "remove": "no longer needed",
    "left": "no longer needed, stays",
}


def write(talk: Talk, step: Step) -> Move:
    """Where the files go, what would happen to each, and writing them."""
    target = usual_target(talk.session)
    while True:
        typed = prompt(talk, f"Folder, created if it does not exist [{target}]:", step)
        if typed.move:
            return typed.move
        target = typed.text or target
        try:
            planned = look(talk.session, target)
            policy = _policy(talk, step, planned)
            if isinstance(policy, Reply):
                return policy.move or "again"
            if policy is not None:
                _write(talk, planned, policy)
                return "next"
        except (WizardError, OSError) as error:
            talk.terminal.say(str(error))


def write_to(talk: Talk, step: Step, planned: Planned) -> bool:
    """Write what was planned, after asking about files that would be replaced; whether it was written."""
    try:
        policy = _policy(talk, step, planned)
        if policy is None or isinstance(policy, Reply):
            return False
        _write(talk, planned, policy)
    except (WizardError, OSError) as error:
        talk.terminal.say(str(error))
        return False
    return True


def _policy(talk: Talk, step: Step, planned: Planned) -> Policy | Reply | None:
    """Say what would happen to each file; ask only if files would be replaced. None = another folder."""
    if planned.lowered:
        typed = _confirm(talk, step, planned)
        if typed.move or typed.text.casefold() != "write":
            return typed if typed.move else None
    for file in planned.files:
        changed = f", {_changed(planned, file.path)}" if file.action == "update" else ""
        talk.terminal.say(f"{ACTIONS[file.action]}: {file.path}, {file.bytes} bytes{changed}", "  ")
    if not planned.replaced:
        return "backup"
    talk.terminal.say(f"{len(planned.replaced)} files are there and differ, or are no longer needed.")
    for line in (
        "1. Replace or move them away, and keep a copy of each (now)",
        "2. Write nothing, and choose another folder",
        "3. Show the differences",
    ):
        talk.terminal.say(line, "  ")
    while True:
        typed = prompt(talk, "Number, 1 to 3 [1]:", step)
        if typed.move:
            return typed
        if typed.text in ("", "1"):
            return "backup"
        if typed.text == "2":
            return None
        if typed.text == "3":
            for path in planned.replaced:
                talk.terminal.exactly("\n".join(difference(planned, path)))
        else:
            talk.terminal.say("A number from 1 to 3, please.")


def _confirm(talk: Talk, step: Step, planned: Planned) -> Reply:
    """Protection of the existing deployment that would be lost; a word has to be typed."""
    talk.terminal.say("Less protected than the files there now:")
    for sentence in planned.lowered:
        talk.terminal.say(sentence, "  ")
    return prompt(talk, "Type write to write it anyway; Enter writes nothing:", step)


def difference(planned: Planned, path: str) -> list[str]:
    """What would change in an existing file."""
    change = next(change for change in planned.changes if change.path == path)
    old, new = (file.text.splitlines() if file else [] for file in (change.before, change.after))
    return list(unified_diff(old, new, f"{path} (there)", f"{path} (new)", lineterm=""))


def _changed(planned: Planned, path: str) -> str:
    lines = difference(planned, path)[2:]
    more = sum(line.startswith("+") for line in lines)
    return f"{more} lines more, {sum(line.startswith('-') for line in lines)} fewer"


def _write(talk: Talk, planned: Planned, policy: Policy) -> None:
    outcome = write_files(planned, policy)
    talk.session.written(outcome)
    _show_tokens(talk, outcome)
    talk.terminal.say(f"{len(outcome.written)} files are in {outcome.target}.")
    if outcome.backup:
        talk.terminal.say(f"The former files are in {outcome.backup}.")
    for remark in outcome.remarks:
        talk.terminal.say(remark)


def _show_tokens(talk: Talk, outcome: WrittenProject) -> None:
    """A new token is shown once, and only if a person is there to see it; otherwise it would end up in a log."""
    talk.session.outcome = replace(outcome, new_tokens=())
    if not console.interactive():
        for path in outcome.new_tokens:
            talk.terminal.say(f"A new token is in {outcome.target / path}.")
        return
    for path, token in tokens.reveal(outcome.target, outcome.new_tokens).items():
        talk.terminal.say(f"New token, shown this once; it is kept in {path}:")
        talk.terminal.exactly(f"  {token}")


def done(talk: Talk, step: Step) -> Move:
    """The last words; Enter leaves. The commands are printed when the program ends."""
    if talk.session.outcome is None:
        talk.terminal.say("Nothing has been written. b goes back to write the files.")
    else:
        last_words(talk)
    return prompt(talk, "Enter leaves:", step).move or "next"


def last_words(talk: Talk) -> None:
    """What to read next; the commands are printed when the program ends."""
    if talk.session.outcome is not None:
        talk.terminal.say(ending.READ_FIRST)
        talk.terminal.say(f"To change something later: {ending.change(talk.session.outcome.target)}")
