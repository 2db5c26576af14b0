"""Model paths of earlier runs, so that they need not be typed again. Kept in the user's state folder."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.machine import state

if TYPE_CHECKING:
    from wizard.plan import Plan

_MOST = 12
_LIMIT = 256 * 1024
"""Bytes; a larger file was not written here."""


def where() -> Path:
    """The file that keeps them."""
    return state.folder() / "recent.json"


def paths() -> tuple[Path, ...]:
    """The paths that still exist, the newest first. Never raises."""
    return tuple(path for path in _kept() if _exists(path))


def remember(plan: Plan, base: Path) -> None:
    """Put the paths of a Plan in front; relative ones start from `base`. Raises OSError when the disk refuses."""
    used = [path for m in plan.models if _exists(path := base.absolute() / os.path.expanduser(m.path))]  # noqa: PTH111
    former = _kept()
    kept = tuple(dict.fromkeys([*used, *former]))[:_MOST]
    if kept != former:
        state.write(where(), json.dumps([str(path) for path in kept]))


def _kept() -> tuple[Path, ...]:
    found = state.read(where(), _LIMIT)
    return tuple(Path(each) for each in found[:_MOST] if isinstance(each, str)) if isinstance(found, list) else ()


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False
