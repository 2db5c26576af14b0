"""Remove what trials left behind, by record, mark and label: at every start of a trial, in `down`, by the guard."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from wizard.errors import WizardError
from wizard.machine import door, engine_address
from wizard.trial import engine_remains, marks, processes, records

Ask = Callable[[str], Any]
"""A client of the engine at an address, None = it should not be asked now. Raises WizardError if there is none."""


@dataclass
class Swept:
    """What was removed and, in sentences, what was not."""

    removed: int = 0
    left: list[str] = field(default_factory=list)
    unasked: str = ""
    """Why the engine could not be asked about unrecorded things, "" = it was."""
    failed: dict[str, WizardError] = field(default_factory=dict)
    """Address of an engine -> how it failed: it is not waited for again."""


def sweep(ask: Ask = lambda _: None, everything: bool = False, at: str = "") -> Swept:
    """Remove what nobody looks after any more; with `everything`, all of this user's.

    Never raises. `at`: the engine asked about unrecorded things, "" = the default one. A record stays until everything
    it names is known to be gone.
    """
    records.tidy()
    swept = Swept()
    chosen = marks.mine_or_abandoned if everything else marks.abandoned
    for record in records.every():
        if chosen(record.marks):
            _one(record, ask, swept)
    try:
        client = _asked(at or address(), ask, swept)
        if client is not None:
            swept.removed += engine_remains.remove(client, chosen)
    except WizardError as problem:
        swept.unasked = problem.title
    return swept


def one(trial_id: str, ask: Ask) -> Swept:
    """Remove one trial, whoever looks after it."""
    swept = Swept()
    for record in records.every():
        if record.id == trial_id:
            _one(record, ask, swept)
    return swept


def address() -> str:
    """The address of the engine this process uses, "" for the default one."""
    return engine_address.named()


def _one(record: records.Record, ask: Ask, swept: Swept) -> None:
    gone = not record.here or processes.end(record.id, record.group)
    if not gone:
        swept.left.append(f"Processes of the trial {record.id} could not be ended; `ps` shows them by its folder.")
    if record.engine is not None and record.id:
        gone = _engine(record, ask, swept) and gone
    was_there = os.path.lexists(record.folder)
    if records.remove_folder(record.folder, record.id):
        swept.removed += was_there
    else:
        gone = False
        swept.left.append(f"{record.folder} could not be removed; look who owns what is in it.")
    if gone:
        door.remove_file(record.path)
        if record.kept:
            processes.dismiss(record.id)


def _asked(where: str, ask: Ask, swept: Swept) -> Any:
    if where in swept.failed:
        raise swept.failed[where]
    return ask(where)


def _engine(record: records.Record, ask: Ask, swept: Swept) -> bool:
    """Whether nothing of it is left in its engine."""
    where = record.engine or ""
    try:
        client = _asked(where, ask, swept)
        if client is None:
            return False
        swept.removed += engine_remains.remove(client, lambda _: True, record.id)
        if not engine_remains.left(client, record.id):
            return True
        problem = "something of it is in use"
    except WizardError as error:
        swept.failed[where] = error
        problem = error.title
    swept.left.append(f"Containers of the trial {record.id} may be left in {where or 'the usual engine'}: {problem}")
    return False
