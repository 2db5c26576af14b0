"""Which keys are named in the bottom line, by where the focus is."""

from __future__ import annotations

from wizard.widgets.bars import KeyHint

CHOOSING = (
    KeyHint("↑↓", "look"),
    KeyHint("enter", "choose, next"),
    KeyHint("esc", "back"),
    KeyHint("f", "fix"),
    KeyHint("u", "undo"),
    KeyHint("?", "why"),
    KeyHint("f6", "pane"),
    KeyHint("^p", "more"),
)
TYPING = (
    KeyHint("enter", "next"),
    KeyHint("↑↓", "move"),
    KeyHint("esc", "back"),
    KeyHint("f5", "fix"),
    KeyHint("^z", "undo"),
    KeyHint("f1", "why"),
    KeyHint("f6", "pane"),
    KeyHint("^p", "more"),
)
IN_PANE = (
    KeyHint("←→", "turn"),
    KeyHint("↑↓", "scroll"),
    KeyHint("space", "all, next file"),
    KeyHint("^o", "larger"),
    KeyHint("f6", "back to the form"),
    KeyHint("f", "fix"),
)
