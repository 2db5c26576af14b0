"""A copy of a file that something else will replace: NAME.orig, NAME.orig1 …"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Protocol

from wizard.errors import WizardError
from wizard.machine.door import Folder


class Keep(Protocol):
    """Makes a copy and returns its name: a new one, or the one that a run made that was killed before it wrote."""

    def __call__(self, name: str, former: bytes, mode: int, owner: tuple[int, int] | None) -> str: ...


@contextmanager
def keeping(folder: Folder) -> Iterator[Keep]:
    """A way to make copies of files of a folder; those that were made go again where what they are for fails."""
    made: list[str] = []

    def keep(name: str, former: bytes, mode: int, owner: tuple[int, int] | None) -> str:
        for number in count():
            copy = f"{name}.orig{number or ''}"
            try:
                folder.add(copy, former, mode, owner)
                made.append(copy)
            except FileExistsError:
                if not _holds(folder, copy, former):
                    continue
            return copy
        raise AssertionError

    try:
        yield keep
    except BaseException:
        for copy in made:
            with suppress(OSError):
                folder.remove(copy)
        raise


def _holds(folder: Folder, name: str, data: bytes) -> bool:
    try:
        return folder.read(name, len(data)) == data
    except (OSError, WizardError):  # something else, or a longer file
        return False
