"""Which keys are named in the bottom line, by where the focus is; `spare` says which go first where it is short."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wizard.widgets.hints import KeyHint

if TYPE_CHECKING:
    from wizard.deployment.finding import Unanswered
    from wizard.exposure.findings import Remedy
    from wizard.machine.drafts import Draft
    from wizard.session.overview import WayOn

LOOK = KeyHint("up,down", "move")
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
CHOOSING = (LOOK, KeyHint("enter", "next"), *_ON_A_STEP)
TYPING = (KeyHint("enter", "next"), KeyHint("up,down", "move", spare=3), *_ON_A_STEP)
TICK = KeyHint("space", "tick")
NEXT = KeyHint("enter", "next")
"""Where any number of answers may be ticked, space ticks and this goes on."""
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


def naming_fix(hints: Iterable[KeyHint], label: str) -> tuple[KeyHint, ...]:
    """The hints with what the key that fixes would do; without that key where there is nothing to fix."""
    named = (hint._replace(does=f"fix: {label}", short="fix") if hint.on == "fix" else hint for hint in hints)
    return tuple(hint for hint in named if label or hint.on != "fix")


def of_overview(way: WayOn, fix: Remedy | Unanswered | None, draft: Draft | None) -> tuple[KeyHint, ...]:
    """The keys of the overview, by what Enter does there, what may be fixed, and the draft that may be resumed."""
    return (
        KeyHint("enter", way.words),
        KeyHint("write-and-try", "write and try", short="try", spare=1 if way.does in ("mend", "confirm") else 0),
        KeyHint("right", "change this line", short="change"),
        KeyHint("tour", "step by step", short="steps", spare=3),
        *((KeyHint("resume", f"resume the draft of {draft.day()}", short="draft", spare=1),) if draft else ()),
        *((KeyHint("fix", f"fix: {fix.label}", short="fix", spare=2),) if fix else ()),
        KeyHint("diff", "diff", spare=4),
        KeyHint("undo", "undo", spare=5),
        KeyHint("help", "why", spare=2),
        KeyHint("leave", "leave", spare=1),
    )
