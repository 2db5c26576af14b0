"""Which keys are named in the bottom line, by where the focus is; `spare` says which go first where it is short."""

from __future__ import annotations

from wizard.widgets.hints import KeyHint

LOOK = KeyHint("up,down", "look")
_ON_A_STEP = (
    KeyHint("back", "back"),
    KeyHint("fix", "fix", spare=1),
    KeyHint("undo", "undo", spare=4),
    KeyHint("help", "why"),
    KeyHint("words", "words", spare=5),
    KeyHint("pane", "pane", spare=2),
    KeyHint("ctrl+p", "more"),
    KeyHint("leave", "leave", spare=1),
)
CHOOSING = (LOOK, KeyHint("enter", "choose, next", short="next"), *_ON_A_STEP)
TYPING = (KeyHint("enter", "next"), KeyHint("up,down", "move", spare=3), *_ON_A_STEP)
TICK = KeyHint("space", "tick")
NEXT = KeyHint("enter", "next")
"""In place of "choose, next" where any number of answers may be ticked."""
READING = (
    KeyHint("up,down", "scroll"),
    KeyHint("enter", "leave"),
    KeyHint("back", "back"),
    KeyHint("help", "why", spare=1),
    KeyHint("ctrl+p", "more"),
)
IN_PANE = (
    KeyHint("left,right", "turn"),
    KeyHint("up,down", "scroll"),
    KeyHint("space", "all, next file", short="more"),
    KeyHint("words", "words", spare=2),
    KeyHint("grow", "larger"),
    KeyHint("pane", "back to the form", short="back"),
    KeyHint("fix", "fix", spare=1),
)
