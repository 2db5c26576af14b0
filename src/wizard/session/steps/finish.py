"""Review, write, try, done: the steps that ask little and show much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.session.steps.base import Step

if TYPE_CHECKING:
    from wizard.plan import Plan

REVIEW = Step(
    "review",
    "review",
    "Review",
    "Is this what you meant?",
    "",
    ("accepted",),
    "review",
)
WRITE = Step("write", "write", "Write", "Where should the files go?", "", (), "write")
TRY = Step(
    "try",
    "try",
    "Try",
    "Try it now?",
    "Starts the server as written, sends it requests from several places, and compares what happens with "
    "what was predicted. Everything it started is removed afterwards.",
    (),
    "trial",
)
DONE = Step("done", "done", "Done", "What next?", "", (), "done")


def steps(plan: Plan | None) -> tuple[Step, ...]:
    """The last four steps."""
    del plan
    return (REVIEW, WRITE, TRY, DONE)
