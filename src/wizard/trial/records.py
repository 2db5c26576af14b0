"""What is recorded before a trial makes anything, in the user's state folder: one small file per trial.

A record is deleted only when what it names is gone.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from wizard.deployment.labels import TRIAL_NAME
from wizard.errors import ExitCode, WizardError
from wizard.machine import door, state
from wizard.trial.marks import PREFIX, Mark, folder, machine
from wizard.trial.processes import Group

_LIMIT = 64 << 10
"""Maximum bytes of a record that are read."""
_MARKER = ".serving-wizard-trial"
"""A file in a trial's folder that holds its id."""


@dataclass(frozen=True, slots=True)
class Record:
    """One recorded trial."""

    path: Path
    marks: Mapping[str, str]

    @property
    def id(self) -> str:
        """The trial's id, "" in an unreadable record."""
        return self.marks.get(PREFIX + "id", "")

    @property
    def folder(self) -> str:
        """Where its files are."""
        return self.marks.get(PREFIX + "folder", "")

    @property
    def engine(self) -> str | None:
        """The address of the engine it used, "" for the default one; None = none."""
        return self.marks.get(PREFIX + "engine")

    @property
    def kept(self) -> bool:
        """Whether it runs on after the program that started it, with a guard."""
        return self.marks.get(PREFIX + "kept") == "yes"

    @property
    def here(self) -> bool:
        """Whether its processes belong to this machine since its last boot."""
        return self.marks.get(PREFIX + "machine") == machine()

    @property
    def group(self) -> Group:
        """The first process that it started."""
        number, begun = (self.marks.get(PREFIX + name, "") for name in ("group", "group_started"))
        told = re.fullmatch(r"\d{1,9}", number) and re.fullmatch(r"\d{1,12}\.\d\d", begun)
        return Group(int(number), begun) if told else Group()


def write(mark: Mark, engine: str | None = None, group: Group = Group()) -> None:  # noqa: B008 - it is frozen
    """Record what is about to be made. Raises WizardError if the state folder cannot be written."""
    words = {"id": mark.id, **mark.words()}
    if engine is not None:
        words["engine"] = engine
    if group.number:
        words |= {"group": str(group.number), "group_started": group.started}
    try:
        state.keep(_path(mark), {PREFIX + k: v for k, v in words.items()})
    except OSError as problem:
        raise WizardError(
            "A trial cannot be written down, so it could not be cleaned up after a crash",
            f"{folder()}: {problem.strerror or problem}",
            "Make that folder writable, or set XDG_STATE_HOME to another one.",
            ExitCode.ENVIRONMENT,
        ) from None


def begun(mark: Mark) -> bool:
    """Whether a trial got as far as making anything besides its folder."""
    record = Record(_path(mark), _read(_path(mark)))
    return record.engine is not None or record.group != Group()


def forget(mark: Mark) -> None:
    """What the trial made is gone: delete its record as well."""
    door.remove_file(_path(mark))


def every() -> list[Record]:
    """Everything recorded. An unreadable record has no contents and counts as abandoned."""
    return [Record(path, _read(path)) for path in sorted(folder().glob("*.json"))]


def tidy() -> None:
    """Remove what killed writers of records and drafts left: nobody will write to such a name again."""
    for place in (folder().parent, folder()):
        with suppress(OSError, WizardError), door.opened(place) as opened:
            opened.sweep(".")


def make_folder(mark: Mark) -> None:
    """The trial's folder, readable by the users its containers run as, containing its id."""
    with door.opened(mark.folder.parent) as above:
        above.make_new(mark.folder.name, _MARKER, mark.id)


def remove_folder(place: str, trial_id: str) -> bool:
    """Remove a trial's folder.

    Returns whether it is gone. A label or a record may contain anything, so a folder is removed only if it belongs to
    this user and contains the id, or is empty because a trial was killed before it could write one.
    """
    path = Path(place)
    if not os.path.lexists(path) or not place:
        return True
    if not _is_trials(path, trial_id):
        return False
    with suppress(OSError, WizardError), door.opened(path.parent) as above:  # what could not be removed is still there
        for name in above.names(path.name):
            if name != _MARKER:  # goes last: what is left after a crash can still be told
                with suppress(OSError):
                    _remove(above, f"{path.name}/{name}")
        if above.names(path.name) in ([], [_MARKER]):
            above.remove_tree(path.name)
    return not os.path.lexists(path)


def _is_trials(path: Path, trial_id: str) -> bool:
    if not path.name.startswith(TRIAL_NAME) or not path.is_absolute():
        return False
    try:
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or os.getuid() not in (0, found.st_uid):
            return False
        marker = path / _MARKER
        if not os.path.lexists(marker):
            return not any(path.iterdir())
        return bool(trial_id) and stat.S_ISREG(marker.lstat().st_mode) and marker.read_text("utf-8") == trial_id
    except (OSError, ValueError):
        return False


def _remove(above: door.Folder, name: str) -> None:
    if above.owner(name) is not None:
        above.remove_tree(name)
    else:
        above.remove(name)


def _path(mark: Mark) -> Path:
    return folder() / f"{mark.folder.name}.json"


def _read(path: Path) -> dict[str, str]:
    found = state.read(path, _LIMIT)
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}
