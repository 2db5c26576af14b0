"""Which keys the bottom line names, depending on the focus; `droppable` says which are left out first if there is
little room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wizard.widgets.choices import Choices
from wizard.widgets.hints import KeyHint

if TYPE_CHECKING:
    from wizard.deployment.finding import Remedy, Unanswered
    from wizard.machine.drafts import Draft
    from wizard.session.overview import WayOn

LOOK = KeyHint("up,down", "move")
_ON_A_STEP = (
    KeyHint("back", "back"),
    KeyHint("fix", "fix", droppable=1),
    KeyHint("undo", "undo", droppable=4),
    KeyHint("help", "why"),
    KeyHint("words", "words", droppable=5),
    KeyHint("pane", "pane", droppable=2),
    KeyHint("ctrl+p", "more"),
    KeyHint("leave", "leave", droppable=1),
)
CHOOSING = (LOOK, KeyHint("enter", "next"), *_ON_A_STEP)
TYPING = (KeyHint("enter", "next"), KeyHint("up,down", "move", droppable=3), *_ON_A_STEP)
CHANGING = (KeyHint("left,right", "change"), *CHOOSING)
"""A small choice in one line: Enter leaves it as it is."""
TO_CHOOSE = (LOOK, KeyHint("enter", "choose"), *_ON_A_STEP)
"""On an answer that is not chosen yet: Enter chooses it, and stays to show the effect."""
ADD = KeyHint("enter", "add it")
TICK = KeyHint("space", "tick")
NEXT = KeyHint("enter", "next")
"""If any number of answers can be chosen, space toggles one and this key goes on."""
READING = (
    KeyHint("up,down", "scroll", droppable=1),
    KeyHint("enter", "leave"),
    KeyHint("back", "back"),
    KeyHint("help", "why", droppable=1),
    KeyHint("ctrl+p", "more"),
)
IN_PANE = (
    KeyHint("left,right", "turn"),
    KeyHint("up,down", "scroll"),
    KeyHint("space", "all, next file", short="more"),
    KeyHint("words", "words", droppable=2),
    KeyHint("grow", "larger"),
    KeyHint("pane", "back to the form", short="back"),
    KeyHint("fix", "fix", droppable=1),
    KeyHint("leave", "leave", droppable=3),
)


def choosing(focused: object) -> tuple[KeyHint, ...]:
    """The keys of a question, depending on what Enter does with the answer under the cursor."""
    return TO_CHOOSE if isinstance(focused, Choices) and focused.chooses else CHOOSING


def naming_fix(hints: Iterable[KeyHint], label: str) -> tuple[KeyHint, ...]:
    """The hints, with the effect of the key that fixes; without that key if there is nothing to fix."""
    named = (hint._replace(does=f"fix: {label}", short="fix") if hint.on == "fix" else hint for hint in hints)
    return tuple(hint for hint in named if label or hint.on != "fix")


def of_overview(
    way: WayOn, fix: Remedy | Unanswered | None, draft: Draft | None, begun_with: str = ""
) -> tuple[KeyHint, ...]:
    """The keys of the overview, depending on what Enter does there, what can be fixed or resumed, and the file it
    began with."""
    return (
        KeyHint("enter", way.words),
        KeyHint("write-and-try", "write and try", short="try", droppable=1 if way.does in ("mend", "confirm") else 0),
        KeyHint("right", "change this line", short="change"),
        KeyHint("tour", "step by step", short="steps", droppable=3),
        *((KeyHint("resume", f"resume the draft of {draft.day()}", short="draft", droppable=1),) if draft else ()),
        *((KeyHint("afresh", "start afresh", short="afresh", droppable=1),) if begun_with else ()),
        *((KeyHint("fix", f"fix: {fix.label}", short="fix", droppable=2),) if fix else ()),
        KeyHint("known", "what follows", short="info", droppable=3),
        KeyHint("diff", "diff", droppable=4),
        KeyHint("undo", "undo", droppable=5),
        KeyHint("help", "why", droppable=2),
        KeyHint("leave", "leave", droppable=1),
    )
