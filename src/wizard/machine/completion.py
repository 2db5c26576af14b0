"""Complete a path while it is typed, and browse for one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from wizard.machine import recent
from wizard.machine.glance import glance
from wizard.models.disk import try_listing
from wizard.models.found import Glance

LIMIT = 2000
"""Maximum number of entries of a folder that are read; in a larger folder, only these are completed."""
SHOWN = 300
"""Maximum number of entries of a folder that are shown; each costs up to two short listings."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, or something that may be a model."""

    name: str
    path: Path
    is_dir: bool
    glance: Glance
    recent: bool = False
    """An earlier run used it."""


@dataclass(frozen=True, slots=True)
class FolderContents:
    """The contents of a folder that matter for choosing a model."""

    path: Path
    places: tuple[Place, ...] = ()
    others: int = 0
    """How many files are not models."""
    left_out: bool = False
    """There are more entries than were read."""
    problem: str = ""


def browse(path: Path) -> FolderContents:
    """Folders, archives and model files in a folder; what looks like a model comes first.

    Opens no file, never raises.
    """
    there = try_listing(path)
    if there is None:
        return FolderContents(path, problem="This folder cannot be read.")
    visible = [e for e in there.entries if not e.name.startswith(".")]
    visible.sort(key=lambda e: (not e.is_dir, e.name))
    places = [Place(e.name, e.path, e.is_dir, glance(e.path)) for e in visible[:SHOWN]]
    shown = [p for p in places if p.glance.kind != "file"]
    shown.sort(key=lambda p: (not p.glance.server, not p.is_dir, p.name))
    return FolderContents(path, tuple(shown), len(places) - len(shown), there.truncated or len(visible) > SHOWN)


def used_before(base: Path) -> tuple[Place, ...]:
    """Models that earlier runs served and that still exist, newest first, spelled as a person would type them.

    Never raises.
    """
    found = recent.paths()[:5]
    return tuple(Place(spelt(path, base), path, path.is_dir(), glance(path), True) for path in found)


def spelt(path: Path, base: Path) -> str:
    """A path as a person would type it: relative to `base` if it is below it."""
    try:
        return str(path.relative_to(base))
    except ValueError:
        return str(path)


def typed_path(text: str, base: Path) -> Path | None:
    """The absolute path that a text stands for; None for an empty text, or for one that cannot be a path.

    Never raises.
    """
    try:
        return Path(os.path.normpath(base / Path(text.strip()).expanduser())) if text.strip() else None
    except (OSError, ValueError, RuntimeError):
        return None


def start_folder(text: str, base: Path) -> Path:
    """The nearest existing folder that is not a model itself, going up from what was typed. Never raises."""
    path = typed_path(text, base)
    if path is None:
        return base
    while path != path.parent and (not _is_folder(path) or glance(path).server):
        path = path.parent
    return path


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def complete(text: str, base: Path) -> str:
    """The text with its last part completed to the first entry that begins with it; "" if there is none.

    Folders end in "/". A relative path starts from `base`. Never raises.
    """
    return min(fitting(text, base), default="")


def fitting(text: str, base: Path) -> tuple[str, ...]:
    """Every way to complete the last part of a text; () for the path of a model, which is complete. Never raises."""
    whole = typed_path(text, base)
    if text.endswith("/") and whole is not None and glance(whole).server:
        return ()
    head, _, last = text.rpartition("/")
    try:
        folder = Path(head + "/" if "/" in text else "").expanduser()
        with os.scandir(base / folder) as entries:
            found = [
                entry.name + ("/" if entry.is_dir() else "")
                for entry, _ in zip(entries, range(LIMIT), strict=False)
                if entry.name.startswith(last) and (last or not entry.name.startswith("."))
            ]
    except (OSError, ValueError, RuntimeError):
        return ()
    return tuple(sorted(f"{head}/{name}" if "/" in text else name for name in found))
