"""A small choice in one line: left and right change it."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from wizard.session.steps.base import Field, Option
from wizard.session.steps.edit import chosen
from wizard.widgets.field import LABEL_WIDTH, FieldWidget, labelled
from wizard.widgets.flow import Flow, Lines, text, wrapped
from wizard.widgets.messages import Advance, Highlighted, PlanChange
from wizard.widgets.moving import move


class Cycle(FieldWidget, Flow, can_focus=True):
    """Label, value between arrows, hint."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "turn(-1)", "change", show=False),
        Binding("right,space", "turn(1)", "change", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("enter", "accept", "go on", show=False),
    ]

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._build = None
        self._built = None

    def load(self, field: Field) -> None:
        if field != self.field:
            super().load(field)
            self.redraw()

    @property
    def option(self) -> Option | None:
        return self.field.picked

    def build(self, width: int) -> Lines:
        option = self.option
        shown = option.label if option else " ".join(self.field.chosen)
        style = "bold on $primary-muted" if self.has_focus else "bold"
        before, after = ("‹ ", " ›") if self.has_focus else ("  ", "  ")
        # The arrow stands in the column of labels, so that values stand below those that are typed.
        label = labelled(self.field.label, LABEL_WIDTH - len(before))
        line = label + text(f"{before}{shown}{after}", style)
        hint = (option.hint if option else "") or self.field.hint
        if not hint:
            return [line]
        if line.cell_length + 2 + len(hint) <= width:
            return [line + text(f"  {hint}", "$foreground-muted")]
        return [line, *wrapped(hint, width, "$foreground-muted", " " * LABEL_WIDTH, LABEL_WIDTH)]

    def on_focus(self) -> None:
        self.post_message(Highlighted())

    def on_click(self) -> None:
        """The next value."""
        self.action_turn(1)

    def action_turn(self, step: int) -> None:
        """The next or previous value."""
        ids = [option.id for option in self.field.options]
        if not ids:
            return
        now = next((i for i, name in enumerate(ids) if name in self.field.chosen), -step if step > 0 else 0)
        option = self.field.options[(now + step) % len(ids)]
        self.post_message(PlanChange(chosen(self.field, option), self))

    def action_move(self, step: int) -> None:
        """To the field before or after."""
        move(self, step)

    def action_accept(self) -> None:
        """Go on."""
        self.post_message(Advance())
