"""A copy beside a file whose place something else takes: NAME.orig, NAME.orig1 …"""

from __future__ import annotations

from itertools import count

from wizard.errors import WizardError
from wizard.machine.door import Folder


def keep(folder: Folder, name: str, former: bytes, mode: int, owner: tuple[int, int] | None) -> str:
    """The name of a copy beside a file: a new one, or the one that a run made that was killed before it wrote."""
    for number in count():
        copy = f"{name}.orig{number or ''}"
        try:
            folder.add(copy, former, mode, owner)
        except FileExistsError:
            if not _holds(folder, copy, former):
                continue
        return copy
    raise AssertionError


def _holds(folder: Folder, name: str, data: bytes) -> bool:
    try:
        return folder.read(name, len(data)) == data
    except (OSError, WizardError):  # something else, or a longer file
        return False
