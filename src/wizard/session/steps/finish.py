"""Review, write, try, done: the steps that ask little and show much."""

from __future__ import annotations

from wizard.session.steps.base import Step

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
