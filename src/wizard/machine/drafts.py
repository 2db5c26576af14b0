"""Answers that have not been written yet, saved on disk so that closing the terminal loses nothing.

One draft for each answers file that is being edited, one for the demo, one for a wizard that started from nothing; in
the user's state folder, readable by this user only.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from wizard import plan as plans
from wizard import registry
from wizard.machine import recent, state

if TYPE_CHECKING:
    from wizard.plan import Plan

_FORMAT = 1
_LIMIT = 4 * 1024 * 1024
"""Bytes; a larger file was not written by this program."""
_LAST_S = 32_503_680_000.0
"""The year 3000, in seconds since 1970: no draft is later."""


class Draft(NamedTuple):
    """What was kept."""

    saved: float
    """Seconds since 1970, UTC."""
    about: str
    """Server and models in a few words."""
    base: Path
    """Relative paths in the Plan start here."""
    data: dict[str, Any]
    origins: Any = None
    """Where each answer came from, as passed to `save`."""

    def plan(self) -> Plan:
        """The answers. Raises pydantic.ValidationError when this version cannot read them."""
        return plans.Plan.model_validate(self.data)

    def day(self) -> str:
        """When it was saved, in local time, such as "21 Nov, 14:02"."""
        moment = time.localtime(self.saved)
        return f"{moment.tm_mday} {time.strftime('%b, %H:%M', moment)}"

    def folder(self) -> str:
        """The folder it belongs to, as a person would type it."""
        if self.base == Path.cwd():
            return "this folder"
        home = Path.home()
        return f"~/{self.base.relative_to(home)}" if home in self.base.parents else str(self.base)


def where(source: Path | None = None, demo: bool = False) -> Path:
    """The file of a draft. `source`: the answers file being edited; `demo`: the wizard shows a sample."""
    name = "demo" if demo else f"draft-{_digest(str(source))}" if source else "draft"
    return state.folder() / f"{name}.json"


def _digest(value: str) -> str:
    # 2 ms of every start otherwise, most of which have no answers file.
    from hashlib import sha256

    return sha256(os.fsencode(value)).hexdigest()[:16]


def save(plan: Plan, source: Path | None, base: Path, demo: bool = False, origins: Any = None) -> None:
    """Save the answers with their origins (plain data), and remember where the models are.

    Raises OSError if the disk refuses, and WizardError if a link is in the way.
    """
    names = ", ".join(model.name for model in plan.models[:3]) or "no model yet"
    about = f"{registry.title(plan.server)}, {names}"
    text = {"format": _FORMAT, "saved": time.time(), "about": about, "base": str(base)}
    data = {**text, "plan": plans.patches.mentioned(plan), "origins": origins}
    state.keep(where(source, demo), data)
    if not demo:
        recent.remember(plan, base)


def load(source: Path | None = None, demo: bool = False) -> Draft | None:
    """What was saved; None if there is nothing, or nothing this version can read. Light: imports no Plan."""
    data = state.read(where(source, demo), _LIMIT)
    try:
        saved, about, base = float(data["saved"]), str(data["about"]), str(data["base"])
        readable = data["format"] == _FORMAT and isinstance(data["plan"], dict) and 0 <= saved < _LAST_S
        if not readable or b"\0" in os.fsencode(base + about):
            return None
        return Draft(saved, about, Path(base), data["plan"], data.get("origins"))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None


def discard(source: Path | None = None, demo: bool = False) -> None:
    """Delete the draft, if there is one."""
    state.remove(where(source, demo))
