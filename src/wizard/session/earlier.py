"""What an earlier run wrote for the same model: opening the model again begins with those answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import WizardError
from wizard.models import disk, paths
from wizard.plan import answers
from wizard.session.opening import open_path

if TYPE_CHECKING:
    from wizard.plan import Plan
    from wizard.session.opened import Opened


def usual_folder(plan: Plan) -> str:
    """The default folder for files, relative to where the wizard was started."""
    return f"./serving-{plan.models[0].name}" if plan.models else "./serving"


def opened_again(opened: Opened) -> Opened:
    """The answers in the default folder of a model, if they are about that model; else what was opened.

    A file there that cannot be read is ignored.
    """
    if opened.kind != "model":
        return opened
    folder = opened.base / usual_folder(opened.plan())
    try:
        found = open_path(str(folder)) if (folder / answers.FILE_NAME).is_file() else None
        known = found is not None and _places(found) == _places(opened)
    except (WizardError, OSError):
        return opened
    if found is None or not known:
        return opened
    # The draft belongs to what was typed, as before there were any files.
    return replace(found, path=opened.path, fresh=opened)


def _places(opened: Opened) -> set[Path]:
    """Where its models are."""
    return {paths.absolute(opened.base / disk.at_home(model.path)) for model in opened.plan().models if model.path}
