"""What travels up from a field: a look at an answer, a change to the Plan, the wish to go on."""

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
    """An answer was given. The app sets it, or tells the field why it cannot stand.

    `accepted`: with the key that goes on where there is nothing else to answer, as on a page opened for one answer.
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
