"""One module per step that is more than a question, loaded when it is opened."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from wizard.screens.base import StepScreen

if TYPE_CHECKING:
    from wizard.session.session import Session
    from wizard.session.steps.base import Step

_SPECIAL = {
    "start": ("wizard.screens.start", "StartScreen"),
    "model": ("wizard.screens.model", "ModelScreen"),
    "who": ("wizard.screens.callers", "WhoScreen"),
    "cors": ("wizard.screens.cors", "CorsScreen"),
    "review": ("wizard.screens.review", "ReviewScreen"),
    "write": ("wizard.screens.write", "WriteScreen"),
    "try": ("wizard.screens.trial", "TrialScreen"),
    "done": ("wizard.screens.done", "DoneScreen"),
}
"""Group of a step -> its screen; any other group is asked by `StepScreen`, from its fields alone."""


def open_step(session: Session, step: Step) -> StepScreen:
    """The screen that asks a step."""
    if step.group not in _SPECIAL:
        return StepScreen(session, step)
    module, name = _SPECIAL[step.group]
    screen: type[StepScreen] = getattr(import_module(module), name)
    return screen(session, step)
