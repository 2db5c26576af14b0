"""The wizard as line prompts: for screen readers, dumb terminals and pipes.

The same steps, questions, findings and confirmations as the full screen, from the same data. Nothing is drawn twice,
nothing moves, there are no colours; everything is written to standard error, line after line.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.plan import Plan
    from wizard.session.written import Outcome


def run(plan: Plan | None, *, source: Path | None, demo: str) -> Outcome | None:
    """Ask everything. Returns what was written, or None when it was left before anything was.

    `plan`: answers to begin with; `source`: the file they came from; `demo`: the server whose bundled sample it
    begins with, "" = none.
    Raises WizardError (exit code 130) when the input ends or is interrupted before anything was written; the answers
    are kept as a draft.
    """
    from wizard.errors import ExitCode, WizardError
    from wizard.plain.session import Session
    from wizard.plain.terminal import EndedError, Terminal
    from wizard.plain.walk import walk
    from wizard.servers.sample import sample_plan

    session = Session(Terminal(), source, bool(demo))
    try:
        walk(session, sample_plan(demo) if demo else plan)
    except (EndedError, KeyboardInterrupt) as stop:
        if session.outcome is None:
            what = "The input ended" if isinstance(stop, EndedError) else "Interrupted"
            kept = session.keep()
            raise WizardError(
                f"{what} before anything was written",
                f"{what}; no file was touched.",
                f"{kept} Start again to go on." if kept else "No answer had been given.",
                ExitCode.INTERRUPTED,
            ) from None
    return session.outcome
