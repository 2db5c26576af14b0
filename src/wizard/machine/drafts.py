"""Answers that were not written yet, kept on the disk so that a closed terminal costs nothing.

One draft for each answers file that is worked on, one for the demo, one for a wizard that began from nothing; in the
user's state folder, readable by the user alone.
"""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from wizard.plan import Plan

_FORMAT = 1
_LIMIT = 4 * 1024 * 1024
"""Bytes; a larger file was not written here."""


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
    """Where each answer came from, as it was given to `save`."""

    def plan(self) -> Plan:
        """The answers. Raises pydantic.ValidationError when this version cannot read them."""
        from wizard.plan import Plan

        return Plan.model_validate(self.data)

    def day(self) -> str:
        """When it was saved, in local time, such as "21 Nov, 14:02"."""
        moment = time.localtime(self.saved)
        return f"{moment.tm_mday} {time.strftime('%b, %H:%M', moment)}"


def where(source: Path | None = None, demo: bool = False) -> Path:
    """The file of a draft. `source`: the answers file that is worked on; `demo`: the wizard shows a sample."""
    import platformdirs

    name = "demo" if demo else f"draft-{_digest(str(source))}" if source else "draft"
    return Path(platformdirs.user_state_dir("serving-wizard", appauthor=False)) / f"{name}.json"


def _digest(value: str) -> str:
    from hashlib import sha256

    return sha256(value.encode()).hexdigest()[:16]


def save(plan: Plan, source: Path | None, base: Path, demo: bool = False, origins: Any = None) -> None:
    """Keep the answers with their origins (plain data), and remember where the models are.

    Atomic, mode 0600, in a folder with mode 0700.

    Raises OSError when the disk refuses.
    """
    import json

    from wizard.machine import recent
    from wizard.machine.files import write_one
    from wizard.plan import to_data

    path = where(source, demo)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = ", ".join(model.name for model in plan.models[:3]) or "no model yet"
    text = {"format": _FORMAT, "saved": time.time(), "about": f"{plan.server}, {names}", "base": str(base)}
    data = {**text, "plan": to_data(plan), "origins": origins}
    write_one(path, json.dumps(data, ensure_ascii=False, indent=1), 0o600)
    if not demo:
        recent.remember(plan, base)


def load(source: Path | None = None, demo: bool = False) -> Draft | None:
    """What was kept; None when there is nothing, or nothing this version can read. Light: imports no Plan."""
    path = where(source, demo)
    try:
        if path.stat().st_size > _LIMIT:
            return None
        import json

        data = json.loads(path.read_text("utf-8"))
        if data["format"] != _FORMAT or not isinstance(data["plan"], dict):
            return None
        origins = data.get("origins")
        return Draft(float(data["saved"]), str(data["about"]), Path(data["base"]), data["plan"], origins)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def discard(source: Path | None = None, demo: bool = False) -> None:
    """Forget the draft, if there is one."""
    with suppress(OSError):
        where(source, demo).unlink()
