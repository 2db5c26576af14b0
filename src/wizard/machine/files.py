"""Write a set of files: all or none, nothing lost, nothing outside the target."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from wizard.errors import ExitCode, WizardError
from wizard.servers.contract import ConfigFile

Action = Literal["create", "update", "unchanged"]
BACKUPS = ".serving-wizard-backup"


@dataclass(frozen=True, slots=True)
class Written:
    """One file of the set."""

    path: str
    action: Action
    bytes: int


@dataclass(frozen=True, slots=True)
class WriteResult:
    """What was (or, in a dry run, would be) written."""

    files: tuple[Written, ...]
    backup: Path | None = None
    """Where the former files are, None when nothing was replaced."""
    new_tokens: tuple[str, ...] = ()
    """Paths of token files that were made just now: to be shown once."""


def read_set(paths: Sequence[str], target: Path) -> dict[str, str]:
    """The texts of those files that exist in the target; unreadable ones count as empty."""
    found = {}
    for path in paths:
        whole = target / path
        if whole.is_file():
            found[path] = whole.read_text("utf-8", errors="replace")
    return found


def plan_set(files: Sequence[ConfigFile], target: Path) -> tuple[Written, ...]:
    """What writing would do to each file. Raises WizardError for a path that leaves the target."""
    return tuple(_planned(file, target) for file in files)


def write_set(
    files: Sequence[ConfigFile], target: Path, on_conflict: Literal["backup", "fail"] = "backup"
) -> WriteResult:
    """Write every file or none.

    Existing files that differ are kept under `.serving-wizard-backup/<time>/`; with `fail` they are refused.
    Secret files get mode 0600, executable ones 0755. Raises WizardError (exit code 2 for a conflict, 3 when the
    disk refuses); then nothing has changed.
    """
    planned = plan_set(files, target)
    conflicts = [w.path for w in planned if w.action == "update"]
    if conflicts and on_conflict == "fail":
        raise WizardError(
            f"{len(conflicts)} file(s) exist and differ: {', '.join(conflicts)}",
            f"in {target}",
            "Choose another --out, or --on-conflict=backup to keep a copy of them.",
        )
    todo = [file for file, w in zip(files, planned, strict=True) if w.action != "unchanged"]
    try:
        backup = _replace_all(todo, target)
    except OSError as problem:
        raise WizardError(
            f"The files could not be written: {problem.strerror or problem}",
            f"in {target}; everything there is as it was",
            "Check the permissions and the free space of that folder.",
            exit_code=ExitCode.ENVIRONMENT,
        ) from problem
    return WriteResult(planned, backup)


def write_one(path: Path, text: str, mode: int = 0o644) -> None:
    """Write one file atomically: a reader sees the old text or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _staged(path, text.encode(), mode).replace(path)


def _planned(file: ConfigFile, target: Path) -> Written:
    whole = _inside(file.path, target)
    data = file.text.encode()
    if not whole.exists():
        return Written(file.path, "create", len(data))
    same = whole.is_file() and whole.read_bytes() == data
    return Written(file.path, "unchanged" if same else "update", len(data))


def _inside(path: str, target: Path) -> Path:
    """The absolute place of a file. Symlinks that lead out of the target are refused."""
    root = target.resolve()
    whole = (root / path).resolve()
    if whole != root and root not in whole.parents:
        raise WizardError(
            f"{path} leads out of {target}", "through a symbolic link", "Remove the link or choose another folder."
        )
    if whole.is_dir():
        raise WizardError(f"{path} is a folder", f"in {target}", "Move it away or choose another folder.")
    return root / path


def _replace_all(files: Sequence[ConfigFile], target: Path) -> Path | None:
    target.mkdir(parents=True, exist_ok=True)
    staged: dict[Path, Path] = {}
    saved: dict[Path, Path] = {}
    done: list[Path] = []
    backup = target / BACKUPS / f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    try:
        for file in files:
            whole = target / file.path
            whole.parent.mkdir(parents=True, exist_ok=True)
            staged[whole] = _staged(whole, file.text.encode(), _mode(file))
        for file in files:
            whole = target / file.path
            if whole.exists():
                saved[whole] = backup / file.path
                saved[whole].parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(whole, saved[whole])
        for whole, temporary in staged.items():
            temporary.replace(whole)
            done.append(whole)
    except OSError:
        _undo(done, saved, staged)
        raise
    return backup if saved else None


def _undo(done: Sequence[Path], saved: Mapping[Path, Path], staged: Mapping[Path, Path]) -> None:
    for whole in done:
        if whole in saved:
            shutil.copy2(saved[whole], whole)
        else:
            whole.unlink(missing_ok=True)
    for temporary in staged.values():
        temporary.unlink(missing_ok=True)


def _mode(file: ConfigFile) -> int:
    if file.secret:
        return 0o600
    return 0o755 if file.executable else 0o644


def _staged(path: Path, data: bytes, mode: int) -> Path:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary
