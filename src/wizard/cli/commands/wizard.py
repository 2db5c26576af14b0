"""`wizard` (the default): open the wizard, filled in from a path if one is given."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from wizard import console, fast_start, formats
from wizard import session as sessions
from wizard.cli import draw
from wizard.errors import ExitCode, WizardError
from wizard.session.session import Session
from wizard.session.steps.groups import ASKED

if TYPE_CHECKING:
    import argparse
    from types import ModuleType

    from wizard.session.opened import Opened


def run(options: argparse.Namespace) -> int:
    """Open the full-screen wizard, or line prompts if they were asked for or nothing else works."""
    opened = None
    if options.answers is not None:
        opened = sessions.earlier.opened_again(sessions.opening.open_path(options.answers))
        if options.at:
            opened = replace(opened, at=_known(options.at))
    elif options.at:
        raise WizardError("--at needs a path to open.", hint="Give the path before it.")
    return open_wizard(opened, demo="", plain=options.plain)


def _known(step: str) -> str:
    """A step by its id, with or without an API. Raises WizardError (exit code 2) if there is no such step."""
    if step.partition(".")[0] not in ASKED:
        raise WizardError(f"There is no step {step}.", hint=f"Steps begin with: {', '.join(ASKED)}.")
    return step


def open_wizard(opened: Opened | None, demo: str, plain: bool) -> int:
    """Run one of the two front ends.

    `opened`: the path it begins with; `demo`: the server whose bundled sample it begins with. Returns the exit code.
    """
    plain = plain or wants_plain()
    if plain:
        # Each front end is loaded without the other.
        from wizard import plain as prompts

        # Nobody who writes into a pipe would see the servers that run here.
        session = Session(opened=opened, demo=demo, drafts=True, looks_around=sys.stdin.isatty())
        prompts.run(session)
    else:
        # With TEXTUAL_DRIVER something else, such as `serve`, is the terminal.
        if not os.environ.get("TEXTUAL_DRIVER") and not (sys.stdin.isatty() and sys.stdout.isatty()):
            raise WizardError(
                "The wizard needs a terminal",
                "stdin or stdout is not one",
                "Script it instead: serving-wizard generate ANSWERS --out DIR",
            )
        app = _load_app()
        session = Session(opened=opened, demo=demo, drafts=True, looks_around=True)
        app.run(session)
    _last_words(session, plain, "demo" if demo else str(opened.path) if opened else "")
    return ExitCode.OK


def _last_words(session: Session, plain: bool, again: str) -> None:
    """What was written and how to use it, or how to resume the draft: with the command and the word `again`."""
    outcome = session.outcome
    if outcome is None or not outcome.written:
        if session.autosave.kept:
            words = f" {formats.shell.pasted(again)}" if again else ""
            console.talk(f"The answers are kept as a draft. Go on: serving-wizard{words}")
        return
    for line in draw.wrapped(f"Written to {outcome.target}: {', '.join(outcome.written)}", 2, error=True):
        console.talk(line)
    for path in outcome.new_tokens:
        console.talk(f"A new token is in {outcome.target / path}")
    if outcome.ending is not None:
        for line in sessions.ending.lines(outcome.ending):
            # Line prompts write no control sequences, to their last line.
            console.talk(line, linked=not plain)


def _load_app() -> ModuleType:
    """The full-screen front end."""
    with fast_start.without_collecting():
        # Neither line prompts nor a command loads textual.
        from wizard import app

        return app


def wants_plain() -> bool:
    """Whether the environment asks for line prompts (ACCESSIBLE, TERM=dumb)."""
    return bool(os.environ.get("ACCESSIBLE")) or os.environ.get("TERM") == "dumb"
