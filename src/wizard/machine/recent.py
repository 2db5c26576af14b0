"""Model paths of earlier runs, so that they need not be typed again. Saved in the user's state folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.machine import state
from wizard.models.disk import exists

if TYPE_CHECKING:
    from wizard.plan import Plan

_MOST = 12
_LIMIT = 256 * 1024
"""Bytes; a larger file was not written by this program."""


def where() -> Path:
    """The file in which they are saved."""
    return state.folder() / "recent.json"


def paths() -> tuple[Path, ...]:
    """The paths that still exist, newest first. Never raises."""
    return tuple(path for path in _kept() if exists(path))


def remember(plan: Plan, base: Path) -> None:
    """Put the paths of a Plan first; relative ones start from `base`. Raises OSError if the disk refuses."""
    used = [path for m in plan.models if exists(path := base.absolute() / os.path.expanduser(m.path))]  # noqa: PTH111
    former = _kept()
    kept = tuple(dict.fromkeys([*used, *former]))[:_MOST]
    if kept != former:
        state.keep(where(), [str(path) for path in kept])


def _kept() -> tuple[Path, ...]:
    found = state.read(where(), _LIMIT)
    return tuple(Path(each) for each in found[:_MOST] if isinstance(each, str)) if isinstance(found, list) else ()
