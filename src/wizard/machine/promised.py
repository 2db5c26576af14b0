"""What the answers in a folder promise: the files that they would be written as, to compare with what is there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from wizard import machine
from wizard import plan as plans
from wizard.errors import WizardError
from wizard.machine import checkfiles

_WITH_A_REQUEST = ("EXPOSURE.md", "call.sh", "call.ps1")


def expected(folder: str) -> dict[str, str] | None:
    """What the answers in a folder would write there, except the answers themselves.

    None if there are no answers, or if nothing was ever written there: answers beside which other files lie, made by
    hand or by `import`, are no promise. Raises WizardError if they cannot be used although files were written there.
    """
    if not os.path.isfile(f"{folder or '.'}/wizard.toml"):  # noqa: PTH113
        return None
    place = Path(folder).absolute()
    try:
        made = machine.project.prepare(
            plans.answers.load(machine.texts.read_text(str(place / plans.answers.FILE_NAME))), place, place
        )
    except WizardError:
        if _written(place, ()):
            raise
        return None
    # The request to try is made from the model: without it, nobody knows what these files would contain.
    gone = any(report.kind == "missing" for report in made.reports.values())
    unknown = {plans.answers.FILE_NAME, *(_WITH_A_REQUEST if gone else ())}
    files = {file.path: file.text for file in made.files if file.path not in unknown}
    return files if _written(place, files.items()) else None


def _written(place: Path, files: Iterable[tuple[str, str]]) -> bool:
    """Whether the wizard wrote to a folder: its report, its list of files or a file just as it would be is there."""
    if any((place / mark).is_file() for mark in ("EXPOSURE.md", machine.files.MEMBERS)):
        return True
    return any((there := checkfiles.load(str(place / path))) is not None and there.text == text for path, text in files)
