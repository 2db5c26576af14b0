"""Key hints: the description of a key, and which key that is, read from the bindings that work where the focus is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from textual.binding import ActiveBinding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input

from wizard.fast_start import regex
from wizard.widgets.flow import text

_SIGNS = {"escape": "esc", "question_mark": "?", "up": "↑", "down": "↓", "left": "←", "right": "→"}
_WHILE_TYPING = regex(r"f\d+|ctrl\+.+|escape|enter|tab|up|down")
"""Keys that type nothing."""


class KeyHint(NamedTuple):
    """What a key does here."""

    on: str
    """The id of a binding; or, for keys that move and choose, the keys themselves in Textual's names."""
    does: str
    short: str = ""
    """The same in fewer letters, for a narrow terminal."""
    droppable: int = 0
    """If there is no room for all, those with a higher number are left out first, and among equals the earlier; 0
    always stays."""
    key: str = ""
    """The key to press, in Textual's names, once it is known; "" = two keys, neither of which is meant alone."""
    sign: str = ""
    """The same as drawn."""

    def drawn(self, brief: bool) -> Content:
        """Key and word."""
        words = self.short if brief and self.short else self.does
        return text(self.sign, "bold $text-accent") + text(f" {words}", "$foreground-muted")


def bound(hints: Iterable[KeyHint], screen: Screen[object]) -> tuple[KeyHint, ...]:
    """The hints whose keys work where the focus is, each with its key."""
    active = screen.active_bindings
    typing = isinstance(screen.focused, Input)
    found = (_bound(hint, active, typing) for hint in hints)
    return tuple(hint for hint in found if hint.sign)


def _bound(hint: KeyHint, active: dict[str, ActiveBinding], typing: bool) -> KeyHint:
    named = [key for key, each in active.items() if each.binding.id == hint.on]
    if named:
        # One scheme everywhere: a key that works while typing too is the one that is named, letters are extras.
        everywhere = (key for key in named if _WHILE_TYPING.fullmatch(key))
        key = next(everywhere, "" if typing else named[0])
        return hint._replace(key=key, sign=sign_of(key))
    keys = hint.on.split(",")
    if not all(key in active for key in keys):
        return hint
    return hint._replace(key=keys[0] if len(keys) == 1 else "", sign="".join(map(sign_of, keys)))


def sign_of(key: str) -> str:
    """A key as drawn: `^p`, `esc`, `?`."""
    return _SIGNS.get(key, key.replace("ctrl+", "^"))
