"""The terminal this runs in: it is asked for its background, given a title, and told to report clicks, but not mere
mouse movement.

Textual's driver has no escape sequences for these; the terminal's replies are removed from its input before keys are
read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from textual.message import Message

from wizard.fast_start import regex
from wizard.harmless import without

if TYPE_CHECKING:
    from textual.app import App

ASK_BACKGROUND = "\x1b]11;?\x1b\\"
KEEP_TITLE, FORMER_TITLE = "\x1b[22;2t", "\x1b[23;2t"
CLICKS, NO_CLICKS = "\x1b[?1003l\x1b[?1002h", "\x1b[?1002l"
"""Movement is reported only while a button is held, which scroll bars need."""
_ANSWER = regex(r"\x1b\]11;(?P<colour>[^\x07\x1b]*)(?:\x07|\x1b\\)")
_BEGUN = regex(r"\x1b\](?:1(?:1(?:;[^\x07\x1b]{0,40}\x1b?)?)?)?$")
"""The beginning of a reply whose rest has not arrived."""
_TITLE_LENGTH = 80


class BackgroundTold(Message):
    """The terminal reported the colour of its background."""

    def __init__(self, light: bool) -> None:
        super().__init__()
        self.light = light


class TerminalGone(Message):
    """Nobody can read or type there any more."""


def light(colour: str) -> bool | None:
    """Whether a colour as written by terminals (rgb:ffff/ffff/ffff) is light; None for anything else."""
    found = re.fullmatch(
        r"rgba?:([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})/([0-9a-fA-F]{1,4})(?:/[0-9a-fA-F]{1,4})?", colour
    )
    if found is None:
        return None
    red, green, blue = (int(part, 16) / (int("f" * len(part), 16)) for part in found.groups())
    return bool(0.299 * red + 0.587 * green + 0.114 * blue > 0.5)


class Answers:
    """Removes the terminal's replies from its input; the rest are keys."""

    def __init__(self) -> None:
        self._kept = ""

    def taken(self, data: str) -> tuple[str, list[bool]]:
        """The rest of the data, and what each reply in it says about the background."""
        data, self._kept = self._kept + data, ""
        found = [said for match in _ANSWER.finditer(data) if (said := light(match["colour"])) is not None]
        data = _ANSWER.sub("", data)
        begun = _BEGUN.search(data)
        if begun is not None:
            data, self._kept = data[: begun.start()], begun[0]
        return data, found


def entitle(app: App[Any], words: str) -> None:
    """Set the title of the terminal's window."""
    if app._driver is not None and not app.is_headless and not app.is_web:
        app._driver.write(f"\x1b]2;{without(words)[:_TITLE_LENGTH]}\x07")
