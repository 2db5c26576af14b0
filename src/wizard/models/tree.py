"""A small picture of a folder, for messages and help."""

from __future__ import annotations

from pathlib import Path

from wizard.models import disk
from wizard.models.names import printable

_DEPTH = 3


def tree(path: Path, limit: int = 20) -> list[str]:
    """Draw `path` in at most `limit` lines, three levels deep, hidden files left out.

    A missing or closed folder is drawn as its name alone. Links are not followed.
    """
    lines = [printable(path.name or str(path)) + ("/" if path.is_dir() else "")]
    _draw(path, "", _DEPTH, limit, lines)
    if len(lines) > limit:
        lines = [*lines[: max(1, limit - 1)], "…"]
    return lines


def _draw(path: Path, indent: str, depth: int, limit: int, lines: list[str]) -> None:
    there = disk.try_listing(path, 1_000) if depth else None
    shown = [e for e in there.entries if not e.name.startswith(".")] if there else []
    for index, entry in enumerate(shown):
        if len(lines) > limit:
            return
        last = index == len(shown) - 1
        end = " → " + _target(entry.path) if entry.is_link else "/" if entry.is_dir else ""
        lines.append(f"{indent}{'└── ' if last else '├── '}{printable(entry.name, 60)}{end}")
        if entry.is_dir and not entry.is_link:
            _draw(entry.path, indent + ("    " if last else "│   "), depth - 1, limit, lines)


def _target(link: Path) -> str:
    try:
        return printable(str(link.readlink()), 60)
    except OSError:
        return "?"
