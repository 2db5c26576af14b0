"""The wizard as line prompts: for screen readers, dumb terminals and pipes.

The same steps, questions, findings and confirmations as the full screen, from the same data. Nothing is redrawn,
nothing moves, there are no colours; everything is written to standard error, line after line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.errors import ExitCode, WizardError
from wizard.machine.signals import Ended
from wizard.plain.talk import Talk
from wizard.plain.terminal import EndedError, Terminal
from wizard.plain.walk import walk

if TYPE_CHECKING:
    from wizard.session.session import Session


def run(session: Session) -> None:
    """Ask everything.

    Raises WizardError (exit code 130) if the input ends or is interrupted before anything was written; the answers are
    kept as a draft. If it ends before any answer, the exit code is 2. Raises signals.Ended if something other than
    Ctrl-C told the program to end.
    """
    terminal = Terminal()
    try:
        walk(Talk(terminal, session))
    except (EndedError, KeyboardInterrupt) as stop:
        if isinstance(stop, EndedError) and not terminal.answered:
            raise WizardError(
                "Nobody answers the questions",
                "Standard input ended before the first answer.",
                "Run it in a terminal, or script it: serving-wizard generate ANSWERS --out DIR",
                ExitCode.INVALID,
            ) from None
        if session.outcome is None:
            what = "The input ended" if isinstance(stop, EndedError) else "Interrupted"
            kept = "The answers are kept as a draft. Start again to go on."
            raise WizardError(
                f"{what} before anything was written",
                f"{what}; no file was touched.",
                kept if session.autosave.kept else session.autosave.words or "No answer had been given.",
                ExitCode.INTERRUPTED,
            ) from None
        if isinstance(stop, Ended):
            raise
