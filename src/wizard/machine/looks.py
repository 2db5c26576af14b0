"""Which theme the screen begins with: the one asked for, the one chosen earlier, or one that fits the terminal."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from wizard.formats.decimals import decimal
from wizard.machine import state

_LIMIT = 4096
"""Bytes; a larger file was not written by this program."""
_FIRST_LIGHT = 7
"""In COLORFGBG the background is one of the 16 colours; of these, 7 and 9 to 15 are light."""


class Looks(NamedTuple):
    """What is remembered from one run to the next."""

    chosen: str = ""
    """The theme chosen by hand, "" = none: then it follows the terminal."""
    light: bool = False
    """Whether the terminal's background was light when last asked."""


def where() -> Path:
    """The file in which it is saved."""
    return state.folder() / "looks.json"


def remembered() -> Looks:
    """What is remembered. Never raises."""
    found = state.read(where(), _LIMIT)
    if not isinstance(found, dict):
        return Looks(light=_light_by_environment())
    chosen, light = found.get("chosen"), found.get("light")
    return Looks(chosen if isinstance(chosen, str) else "", light is True)


def remember(looks: Looks) -> None:
    """Save it for the next run. Raises OSError if the disk refuses."""
    if looks != remembered():
        state.keep(where(), looks._asdict())


def asked_for() -> str:
    """The value of WIZARD_THEME: dark, light, or the name of any theme; "" = not set."""
    return os.environ.get("WIZARD_THEME", "").strip()


def _light_by_environment() -> bool:
    """What some terminals say in COLORFGBG, such as 0;15 for black on white."""
    last = decimal(os.environ.get("COLORFGBG", "").rpartition(";")[2])
    return last is not None and last >= _FIRST_LIGHT and last != _FIRST_LIGHT + 1
