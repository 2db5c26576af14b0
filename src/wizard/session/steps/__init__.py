"""The flow as data: which questions there are, in which order, and what each possible answer changes.

Nothing here draws. The screens and the line prompts of `--plain` both ask exactly these questions.
"""

from __future__ import annotations

from wizard.session.steps.base import Field, Option, Proposal, Step
from wizard.session.steps.callers import proposals
from wizard.session.steps.edit import change_of, sentence_of, try_changes
from wizard.session.steps.flow import (
    fields,
    flow,
    following,
    group_of,
    incomplete,
    index_of,
    preceding,
    problems,
    start_step,
    step_of_finding,
)

__all__ = [
    "Field",
    "Option",
    "Proposal",
    "Step",
    "change_of",
    "fields",
    "flow",
    "following",
    "group_of",
    "incomplete",
    "index_of",
    "preceding",
    "problems",
    "proposals",
    "sentence_of",
    "start_step",
    "step_of_finding",
    "try_changes",
]
