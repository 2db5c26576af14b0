"""Complete a path while it is typed, and look around for one."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from wizard.machine.glance import glance
from wizard.models.disk import try_listing
from wizard.models.found import Glance

LIMIT = 2000
"""Entries of a folder that are looked at; a folder with more is completed from these alone."""
SHOWN = 300
"""Entries of a folder that are shown at most; each costs up to two short listings."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder, or something that may be a model."""

    name: str
    path: Path
    is_dir: bool
    glance: Glance
    recent: bool = False
    """It was used before."""


@dataclass(frozen=True, slots=True)
class FolderContents:
    """What is in a folder, as far as it matters for choosing a model."""

    path: Path
    places: tuple[Place, ...] = ()
    others: int = 0
    """Files that are no model."""
    left_out: bool = False
    """There are more entries than were looked at."""
    problem: str = ""


def browse(path: Path) -> FolderContents:
    """Folders, archives and model files in a folder, what looks like a model first. Opens no file, never raises."""
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
    """What earlier runs served and still exists, the newest first, spelt as somebody would type it. Never raises."""
    from wizard.machine import recent

    found = recent.paths()[:5]
    return tuple(Place(spelt(path, base), path, path.is_dir(), glance(path), True) for path in found)


def spelt(path: Path, base: Path) -> str:
    """A path as somebody would type it: relative to `base` where it is below it."""
    try:
        return str(path.relative_to(base))
    except ValueError:
        return str(path)


def typed_path(text: str, base: Path) -> Path | None:
    """The absolute path that a text stands for; None for nothing or what can be no path. Never raises."""
    try:
        return Path(os.path.normpath(base / Path(text.strip()).expanduser())) if text.strip() else None
    except (OSError, ValueError, RuntimeError):
        return None


def start_folder(text: str, base: Path) -> Path:
    """The nearest folder that exists and is no model itself, going up from what was typed. Never raises."""
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
    """The text with the last part completed to the first entry that begins with it; "" when there is none.

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
