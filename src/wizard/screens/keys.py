"""Which keys are named in the bottom line, by where the focus is; `spare` says which go first where it is short."""

from __future__ import annotations

from wizard.widgets.bars import KeyHint

CHOOSING = (
    KeyHint("↑↓", "look"),
    KeyHint("enter", "choose, next", short="next"),
    KeyHint("esc", "back"),
    KeyHint("f", "fix", spare=1),
    KeyHint("u", "undo", spare=3),
    KeyHint("?", "why"),
    KeyHint("w", "words", spare=4),
    KeyHint("f6", "pane", spare=2),
    KeyHint("^p", "more"),
    KeyHint("^c", "leave", spare=1),
)
TYPING = (
    KeyHint("enter", "next"),
    KeyHint("↑↓", "move", spare=3),
    KeyHint("esc", "back"),
    KeyHint("f5", "fix", spare=1),
    KeyHint("^z", "undo", spare=4),
    KeyHint("f1", "why"),
    KeyHint("f2", "words", spare=5),
    KeyHint("f6", "pane", spare=2),
    KeyHint("^p", "more"),
    KeyHint("^c", "leave", spare=1),
)
TICK = KeyHint("space", "tick")
NEXT = KeyHint("enter", "next")
"""In place of "choose, next" where any number of answers may be ticked."""
READING = (
    KeyHint("↑↓", "scroll"),
    KeyHint("enter", "leave"),
    KeyHint("esc", "back"),
    KeyHint("?", "why", spare=1),
    KeyHint("^p", "more"),
)
IN_PANE = (
    KeyHint("←→", "turn"),
    KeyHint("↑↓", "scroll"),
    KeyHint("space", "all, next file", short="more"),
    KeyHint("w", "words", spare=2),
    KeyHint("^o", "larger"),
    KeyHint("f6", "back to the form", short="back"),
    KeyHint("f", "fix", spare=1),
)
