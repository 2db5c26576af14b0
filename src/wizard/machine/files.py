"""Write a set of files: all or none, without losing anything, and without touching anything outside the target."""

from __future__ import annotations

import hashlib
import json
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from wizard.errors import ExitCode, WizardError
from wizard.machine import door, left_report, switching
from wizard.machine.door import Folder
from wizard.machine.switching import BACKUPS, Item
from wizard.servers.files import ConfigFile

Action = Literal["create", "update", "unchanged", "remove", "left"]
"""`remove`: it was written here earlier, is unchanged, and is no longer part of the set.

`left`: it is no longer part of the set, but stays, because it was changed by hand or nobody agreed to remove it.
"""
MEMBERS = f"{BACKUPS}/set.json"
"""Which files belong to the last written set, with the SHA-256 of each."""
_MEMBERS_LIMIT = 1 << 20
TEXT_LIMIT = 4 << 20
"""Maximum bytes of an existing file that is to be compared or shown."""


@dataclass(frozen=True, slots=True)
class Written:
    """One file of the set, or one that was part of it."""

    path: str
    action: Action
    bytes: int


@dataclass(frozen=True, slots=True)
class Secrets:
    """Files of a deployment that nobody else may read, and what to tell the user about them."""

    items: tuple[Item, ...] = ()
    """Those that must be made, or made again."""
    new_tokens: tuple[str, ...] = ()
    """Paths of new tokens among them, to be shown once."""
    remarks: tuple[str, ...] = ()
    held: bool = False
    """Whether there are any, existing ones included."""

    def close(self, folder: Folder) -> None:
        """Close the folder that holds them to others: a copy or an older version may have left it open, and whoever
        can write to it can replace a token that is not written again."""
        if self.held:
            folder.make_folder("secrets", door.PRIVATE)


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was (or, in a dry run, would be) written."""

    files: tuple[Written, ...]
    backup: Path | None = None
    """Where the previous files are, None if nothing was replaced."""
    new_tokens: tuple[str, ...] = ()
    """Paths of token files that were made just now: to be shown once."""
    remarks: tuple[str, ...] = ()
    """What a person should know about the secrets, one sentence each."""


def no_secrets(folder: Folder) -> Secrets:
    """For a set without secrets."""
    del folder
    return Secrets()


def read_set(paths: Sequence[str], target: Path) -> dict[str, str]:
    """The texts of those files that exist in the target; unreadable ones are left out."""
    found = {}
    with suppress(OSError), door.opened(target) as folder:
        for path in paths:
            with suppress(OSError, WizardError):
                data = folder.read(path, TEXT_LIMIT)
                if data is not None:
                    found[path] = data.decode("utf-8", errors="replace")
    return found


def plan_set(files: Sequence[ConfigFile], target: Path) -> tuple[Written, ...]:
    """What writing would do to each file. Raises WizardError if a link or something else is in the way."""
    try:
        with door.opened(target) as folder:
            return _planned(files, folder)
    except FileNotFoundError:
        return tuple(Written(file.path, "create", len(file.text.encode())) for file in files)


def write_set(
    files: Sequence[ConfigFile],
    target: Path,
    on_conflict: Literal["backup", "fail"] = "backup",
    secrets_of: Callable[[Folder], Secrets] = no_secrets,
) -> WriteResult:
    """Write every file, including the secrets, or none.

    Existing files that differ, and those that are no longer part of the set, are kept under `.serving-wizard-
    backup/<time>/`; with `fail`, the former are refused and the latter stay. `secrets_of` looks into the folder while
    nobody else writes to it. Secret files get mode 0600, executable ones 0755. Raises WizardError (exit code 2 for a
    conflict, 3 if the disk refuses); then nothing has changed.
    """
    try:
        with door.opened(target, make=True) as folder, folder.locked():
            switching.complete_interrupted(folder)
            planned = _planned(files, folder)
            if on_conflict == "fail":
                _refuse_conflicts(planned, target)
                planned = tuple(replace(w, action="left") if w.action == "remove" else w for w in planned)
            made = secrets_of(folder)
            backup = _switch(files, planned, made, folder)
    except OSError as problem:
        raise WizardError(
            f"The files could not be written: {problem.strerror or problem}",
            f"in {target}; no file there has changed",
            "Check the permissions and the free space of that folder.",
            exit_code=ExitCode.ENVIRONMENT,
        ) from problem
    return WriteResult(planned, target / BACKUPS / backup if backup else None, made.new_tokens, made.remarks)


def _refuse_conflicts(planned: Sequence[Written], target: Path) -> None:
    conflicts = [w.path for w in planned if w.action == "update"]
    if conflicts:
        raise WizardError(
            f"{len(conflicts)} file(s) exist and differ: {', '.join(conflicts)}",
            f"in {target}",
            "Choose another --out, or --on-conflict=backup to replace them and keep a copy of each.",
        )


def _switch(files: Sequence[ConfigFile], planned: Sequence[Written], made: Secrets, folder: Folder) -> str:
    """Returns the name of the backup, "" if no previous file is kept."""
    by_path = {w.path: w.action for w in planned}
    gone = [w.path for w in planned if w.action == "remove"]
    todo = [_item(file) for file in files if by_path[file.path] != "unchanged"]
    made.close(folder)
    for item in (*made.items, *(_item(file) for file in files if file.secret)):
        if "/" in item.path and item.mode & ~door.PRIVATE == 0:
            folder.make_folder(item.path.rpartition("/")[0], door.PRIVATE)
    members = _members_item(files, planned, folder)
    if not (todo or gone or made.items or members):
        return ""
    replaced = gone or "update" in by_path.values()
    backup = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}" if replaced else ""
    # What starts something comes last: it is the last to be put in place, and the first to be taken away.
    switching.switch(folder, (*members, *made.items, *todo), gone, backup)
    return backup


def _planned(files: Sequence[ConfigFile], folder: Folder) -> tuple[Written, ...]:
    there = tuple(_written(file, folder) for file in files)
    wanted = {file.path for file in files}
    former = tuple(_former(path, mark, folder) for path, mark in _members(folder).items() if path not in wanted)
    return (*there, *former, *_outdated(folder, (*there, *former)))


def _outdated(folder: Folder, planned: Sequence[Written]) -> Iterator[Written]:
    """The trial report of the present set, if the set is going to change."""
    if any(file.action in ("update", "remove") for file in planned):
        for name in left_report.ours(folder):
            yield Written(name, "remove", len(folder.read(name, TEXT_LIMIT) or b""))


def _written(file: ConfigFile, folder: Folder) -> Written:
    data = file.text.encode()
    found = folder.status(file.path)
    if found is None:
        return Written(file.path, "create", len(data))
    same = found.st_size == len(data) and folder.read(file.path, len(data)) == data
    return Written(file.path, "unchanged" if same else "update", len(data))


def _former(path: str, mark: str, folder: Folder) -> Written:
    """A file of the last written set that is not part of this one."""
    data = folder.read(path, TEXT_LIMIT) or b""
    return Written(path, "remove" if _mark(data) == mark else "left", len(data))


def _members(folder: Folder) -> dict[str, str]:
    """Path -> SHA-256 of the last written files that still exist."""
    try:
        found = json.loads(folder.read(MEMBERS, _MEMBERS_LIMIT) or b"{}")
        named = {str(path): str(mark) for path, mark in found.items()}
        return {path: mark for path, mark in named.items() if folder.status(path) is not None}
    except (ValueError, AttributeError, RecursionError, WizardError):
        return {}


def _members_item(files: Sequence[ConfigFile], planned: Sequence[Written], folder: Folder) -> tuple[Item, ...]:
    """The list of members, if it has to be rewritten. A file that stays behind remains on it."""
    former = _members(folder)
    left = {w.path: former[w.path] for w in planned if w.action == "left" and w.path in former}
    marks = {**{file.path: _mark(file.text.encode()) for file in files if not file.shared}, **left}
    text = json.dumps(marks, indent=1, sort_keys=True).encode() + b"\n"
    if folder.status(MEMBERS) is not None and folder.read(MEMBERS, _MEMBERS_LIMIT) == text:
        return ()
    return (Item(MEMBERS, text, 0o600, kept=False),)


def _mark(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _item(file: ConfigFile) -> Item:
    mode = 0o600 if file.secret else 0o755 if file.executable else 0o644
    return Item(file.path, file.text.encode(), mode)
