"""Replace files of a folder as one: either all are new or all are old, whenever the program ends.

The new files are made in a folder next to them, then a journal says what will happen: once it is on disk, the switch is
decided. All old files are moved away before the first new one is put in place, beginning with those that start
something, so that old and new files are never there together. If a run is killed half-way, the next run that looks at
the folder finishes the switch; without a journal nothing was touched, and the prepared files are removed.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from wizard.errors import ExitCode, WizardError
from wizard.fast_start import regex
from wizard.machine.door import FOLDER_MODE, PRIVATE, Folder, opened

PENDING = ".serving-wizard-pending"
"""Where new files wait. Removed when the switch is complete."""
BACKUPS = ".serving-wizard-backup"
BACKUPS_KEPT = 10
"""Backups that are kept: the first, which contains what was there before this program, and the newest."""
_JOURNAL = f"{PENDING}/journal.json"
_DONE = f"{PENDING}/done.json"
_JOURNAL_LIMIT = 4 << 20
_BACKUP_NAME = regex(r"\d{8}-\d{6}-[0-9a-f]{4}")


@dataclass(frozen=True, slots=True)
class Item:
    """A file to put in place."""

    path: str
    data: bytes
    mode: int
    owner: tuple[int, int] | None = None
    """User and group it is given to; None = whoever runs this program."""
    kept: bool = True
    """A previous file with that name goes to the backup."""


@dataclass(frozen=True, slots=True)
class _Move:
    """What happens to one path."""

    number: int
    path: str
    new: bool
    """A new file takes its place."""
    kept: bool
    private: bool

    @property
    def fresh(self) -> str:
        return f"{PENDING}/new-{self.number}"


@dataclass(frozen=True, slots=True)
class _Journal:
    backup: str
    moves: tuple[_Move, ...]

    def keep(self, move: _Move) -> str:
        """Where the previous file goes."""
        return f"{BACKUPS}/{self.backup}/{move.path}" if move.kept else f"{PENDING}/old-{move.number}"

    def text(self) -> bytes:
        moves = [[m.number, m.path, m.new, m.kept, m.private] for m in self.moves]
        return json.dumps({"backup": self.backup, "moves": moves}).encode()


def switch(folder: Folder, items: Sequence[Item], gone: Sequence[str], backup: str) -> None:
    """Put the items in place, in this order, and take away `gone`; former files go below the backup of that name, where
    there is one.

    The folder must be locked and settled. Raises OSError and WizardError; then everything is as it was, or the error
    says that the next run will finish the switch. Signals take effect when the switch is complete.
    """
    journal = _Journal(
        backup,
        (
            *(_Move(n, path, False, bool(backup), False) for n, path in enumerate(gone, len(items))),
            *(_Move(n, i.path, True, i.kept, i.mode & ~PRIVATE == 0) for n, i in enumerate(items)),
        ),
    )
    with _undisturbed():
        try:
            _stage(folder, items)
            folder.create(f"{PENDING}/part", journal.text(), 0o600)
            folder.sync(PENDING)
            folder.move(f"{PENDING}/part", _JOURNAL)
            folder.sync(PENDING)
            _apply(folder, journal)
        except BaseException:
            _take_back(folder, journal)
            raise
        _finish(folder)


def complete_interrupted(folder: Folder) -> None:
    """Finish the switch during which an earlier run was killed, or remove what it had prepared.

    The folder is locked.
    """
    found = folder.names(PENDING)
    _refuse_others(folder)
    if not found:
        folder.remove_tree(PENDING)
        return
    with _undisturbed():
        if PurePosixPath(_DONE).name not in found and PurePosixPath(_JOURNAL).name in found:
            _apply(folder, _read(folder))
        _finish(folder)


def settled(target: Path) -> None:
    """The same for a folder that is about to be examined. Raises WizardError if it is not possible.

    In a folder that others may write to, such as /tmp, what somebody else began is none of this user's business.
    """
    if not os.path.lexists(target / PENDING):
        return
    try:
        with opened(target) as folder:
            if folder.owner(PENDING) in (os.geteuid(), folder.owner(".")):
                with folder.locked():
                    complete_interrupted(folder)
    except OSError as problem:
        raise WizardError(
            "An earlier run was interrupted while it wrote here, and what it began cannot be finished",
            f"{target / PENDING}: {problem.strerror or problem}",
            "Run this as somebody who may write to that folder.",
            ExitCode.ENVIRONMENT,
        ) from None


def _stage(folder: Folder, items: Sequence[Item]) -> None:
    folder.make_folder(PENDING, PRIVATE)
    _refuse_others(folder)
    for number, item in enumerate(items):
        folder.create(f"{PENDING}/new-{number}", item.data, item.mode, item.owner)


def _refuse_others(folder: Folder) -> None:
    """Whoever owns the folder in which files wait decides what is put in place, with the rights of this user."""
    owner = folder.owner(PENDING)
    if owner not in (None, os.geteuid()):
        raise WizardError(
            "Another account of this machine wrote here, and was interrupted",
            f"{folder.path / PENDING} belongs to user id {owner}",
            "Let that account write here again, or move that folder away.",
        )


def _apply(folder: Folder, journal: _Journal) -> None:
    """Carry out the journal, or the rest of it: each step checks whether it was done."""
    for move in reversed(journal.moves):
        waits = not move.new or folder.status(move.fresh) is not None
        if waits and folder.status(move.path) is not None:
            place = journal.keep(move)
            if folder.status(place) is not None:  # made by somebody since the run that was killed
                place = f"{place}.{secrets.token_hex(2)}"
            folder.make_folder(str(PurePosixPath(place).parent), PRIVATE)
            folder.move(move.path, place)
    parents = {""}
    for move in journal.moves:
        if move.new and folder.status(move.fresh) is not None:
            parent = str(PurePosixPath(move.path).parent)
            folder.make_folder(parent, PRIVATE if move.private and parent != "." else FOLDER_MODE)
            folder.move(move.fresh, move.path)
            parents.add(parent)
    for parent in parents:
        folder.sync(parent)
    folder.move(_JOURNAL, _DONE)


def _take_back(folder: Folder, journal: _Journal) -> None:
    """Restore everything. Raises WizardError if that fails as well."""
    if folder.names(PENDING).count(PurePosixPath(_JOURNAL).name) == 0:
        with suppress(OSError):
            folder.remove_tree(PENDING)
        return
    try:
        for move in journal.moves:
            if move.new and folder.status(move.fresh) is None and folder.status(move.path) is not None:
                folder.move(move.path, move.fresh)
        for move in journal.moves:
            if folder.status(journal.keep(move)) is not None:
                folder.move(journal.keep(move), move.path)
        folder.remove(_JOURNAL)
        if journal.backup:
            folder.remove_tree(f"{BACKUPS}/{journal.backup}")
        folder.remove_tree(PENDING)
    except OSError as problem:
        raise WizardError(
            f"The files could be written in part only: {problem.strerror or problem}",
            f"in {folder.path}",
            "Fix what the disk refused, and run this again: it finishes what was begun.",
            ExitCode.ENVIRONMENT,
        ) from problem


def _finish(folder: Folder) -> None:
    """The switch is complete: remove what is left of it. What the disk refuses now, the next run removes."""
    with suppress(OSError):
        folder.remove_tree(PENDING)
        made = [name for name in folder.names(BACKUPS) if _BACKUP_NAME.fullmatch(name)]
        for name in made[1 : 1 - BACKUPS_KEPT]:
            folder.remove_tree(f"{BACKUPS}/{name}")


def _read(folder: Folder) -> _Journal:
    data = folder.read(_JOURNAL, _JOURNAL_LIMIT) or b""
    try:
        found = json.loads(data)
        moves = (_Move(int(n), _below(path), *map(bool, rest)) for n, path, *rest in found["moves"])
        return _Journal(found["backup"] and _below(found["backup"]), tuple(moves))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        raise WizardError(
            "What an interrupted run left cannot be read",
            str(folder.path / _JOURNAL),
            f"Move {PENDING} away, and make the files again.",
        ) from None


def _below(name: str) -> str:
    """The name, if it is that of something below a folder. Raises ValueError and TypeError."""
    place = PurePosixPath(name)
    if b"\0" in os.fsencode(name) or place.is_absolute() or ".." in place.parts or not place.name:
        raise ValueError(name)
    return name


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Within the block, signals that end a program are held back; only SIGKILL is not."""
    ending = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT") if hasattr(signal, name)]
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
