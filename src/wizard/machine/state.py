"""The folder in which this program saves things for its user between runs. Nobody else may enter it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs

from wizard import machine
from wizard.models import disk


def folder() -> Path:
    """The user's state folder for this program; it may not exist yet."""
    return Path(platformdirs.user_state_dir("serving-wizard", appauthor=False))


def write(path: Path, text: str) -> None:
    """Write a file in the state folder, or in a folder in it.

    Raises OSError, and WizardError if a link is in the way.
    """
    top = folder()
    with machine.door.opened(top, make=True, mode=machine.door.PRIVATE) as opened:
        opened.make_folder(".", machine.door.PRIVATE)
        name = path.relative_to(top)
        opened.make_folder(str(name.parent), machine.door.PRIVATE)
        opened.write(str(name), text.encode(), 0o600)


def keep(path: Path, data: object) -> None:
    """Write data as JSON, in ASCII: a path may hold bytes that are no UTF-8. Raises as `write` does."""
    # Like `read`: no start needs it.
    import json

    write(path, json.dumps(data))


def read(path: Path, limit: int) -> Any:
    """The contents of a file, as JSON; None if it does not exist, is longer than `limit` bytes, or makes no sense."""
    try:
        with disk.open_regular(path) as file:
            data = file.read(limit + 1)
        # 1 ms of a start that finds nothing to read.
        import json

        return json.loads(data.decode("utf-8")) if len(data) <= limit else None
    except (OSError, ValueError, RecursionError):
        return None


def remove(path: Path) -> None:
    """Delete a file. One that cannot be removed stays."""
    with suppress(OSError):
        machine.door.remove_file(path)
