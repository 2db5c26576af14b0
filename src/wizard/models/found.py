"""What a server recognises at a path: the layout it found, and helpers to search for one."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wizard.models import disk
from wizard.models.names import printable
from wizard.models.problems import Maker
from wizard.models.report import Problem, Servable

_problem = Maker()


@dataclass(frozen=True, slots=True)
class Found:
    """A layout that was recognised."""

    kind: str
    servables: tuple[Servable, ...] = ()
    candidates: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    name: str = ""
    """What the model should be called; "" = derived from its path."""


GLANCE_LIMIT = 200
"""Maximum entries of a folder that a glance looks at."""


@dataclass(frozen=True, slots=True)
class Glance:
    """What an entry of a folder looks like from outside; `label` is empty for plain folders and files."""

    kind: str
    label: str = ""
    server: str = ""
    """The server that loads this kind, "" if none does."""


def named(paths: list[Path] | tuple[Path, ...], root: Path, limit: int = 5) -> str:
    """Some paths as words, relative to `root`: "a, b and 3 more"."""
    shown = [printable(str(p.relative_to(root)) if p.is_relative_to(root) else str(p)) for p in paths[:limit]]
    more = f" and {len(paths) - limit} more" if len(paths) > limit else ""
    return ", ".join(shown) + more


def link_problem(entry: disk.DirEntry, root: Path) -> list[Problem]:
    """A link out of the folder works here, but is broken in a container."""
    target = disk.leaves(entry.path, root) if entry.is_link else None
    if target is None:
        return []
    return [
        _problem(
            "link-leaves-folder", f"{printable(entry.name)} is a link to {printable(str(target))}, outside this folder."
        )
    ]


def find(root: Path, wanted: frozenset[str], depth: int = 3, budget: int = 300) -> list[Path]:
    """Directories below `root` (not itself) with an entry whose name is `wanted`, nearest first.

    Hidden folders are left out, the inside of a match is not searched, and at most `budget` folders are listed.
    """
    level, matches, seen = [root], list[Path](), set[tuple[int, int]]()
    for _ in range(depth + 1):
        below: list[Path] = []
        for directory in level:
            budget -= 1
            there = disk.try_listing(directory, 1_000) if budget >= 0 and _first_visit(directory, seen) else None
            if there is None:
                continue
            if directory != root and wanted & there.names():
                matches.append(directory)
            else:
                below += [e.path for e in there.directories() if not e.name.startswith(".")]
        level = below
    return matches


def _first_visit(directory: Path, seen: set[tuple[int, int]]) -> bool:
    try:
        status = directory.stat()
    except (OSError, ValueError):
        return False
    key = (status.st_dev, status.st_ino)
    new = key not in seen
    seen.add(key)
    return new
