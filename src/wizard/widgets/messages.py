"""Messages from a field: an answer is looked at, the Plan should change, the user wants to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from wizard.session.steps.base import Answer

if TYPE_CHECKING:
    from wizard.widgets.field import FieldWidget


class Highlighted(Message):
    """An answer is under the cursor or being typed: show what it would mean. None = nothing in particular."""

    def __init__(self, answer: Answer | None = None) -> None:
        super().__init__()
        self.answer = answer


class PlanChange(Message):
    """An answer was given.

    The app sets it, or tells the field why it is refused. `accepted`: it was given with the key that goes on if there
    is nothing else to answer, as on a page opened for one answer.
    """

    def __init__(self, answer: Answer, field: FieldWidget | None = None, accepted: bool = False) -> None:
        super().__init__()
        self.answer = answer
        self.field = field
        self.accepted = accepted


class Advance(Message):
    """Go on to the next step."""


class FieldWanted(Message):
    """An answer needs another field to be complete: go there."""

    def __init__(self, field_id: str) -> None:
        super().__init__()
        self.field_id = field_id
