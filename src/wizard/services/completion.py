"""Complete a path while it is typed."""

from __future__ import annotations

import os
from pathlib import Path

LIMIT = 2000
"""Entries of a folder that are looked at; a folder with more is completed from these alone."""


def complete(text: str, base: Path) -> str:
    """The text with the last part completed to the first entry that begins with it; "" when there is none.

    Folders end in "/". A relative path starts from `base`. Never raises.
    """
    head, _, last = text.rpartition("/")
    folder = Path(head + "/" if "/" in text else "").expanduser()
    try:
        with os.scandir(base / folder) as entries:
            found = [
                entry.name + ("/" if entry.is_dir() else "")
                for entry, _ in zip(entries, range(LIMIT), strict=False)
                if entry.name.startswith(last) and (last or not entry.name.startswith("."))
            ]
    except (OSError, ValueError, RuntimeError):
        return ""
    return f"{head}/{min(found)}" if found and "/" in text else min(found, default="")
