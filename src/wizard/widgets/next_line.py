"""The line that leads to the next step."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from wizard.widgets.flow import Flow, Lines, text
from wizard.widgets.messages import Highlighted
from wizard.widgets.moving import move


class NextLine(Flow, can_focus=True):
    """The line that leads on, for the mouse and for people who only use the arrow keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "screen.next", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]
    words = ""

    def show(self, words: str) -> None:
        """Say where it leads."""
        if words != self.words:
            self.words = words
            self.redraw()

    def build(self, width: int) -> Lines:
        style = "bold on $primary-muted" if self.has_focus else "bold $primary"
        return [text(f" {self.words} ▸ ", style)] if self.words else []

    def on_focus(self) -> None:
        self.post_message(Highlighted())

    def action_move(self, step: int) -> None:
        """Scroll the text; if all of it is visible, go to the field before or after."""
        form = self.screen.query_one("#form")
        if step < 0 and form.scroll_y > 0 and not self.fields_before():
            form.scroll_up(animate=False)
        elif step > 0 and form.scroll_y < form.max_scroll_y:
            form.scroll_down(animate=False)
        else:
            move(self, step)

    def fields_before(self) -> bool:
        """Whether the page asks anything."""
        return any(widget.focusable for widget in self.screen.query("#form FieldWidget, #form FieldWidget *"))

    async def on_click(self) -> None:
        """Go on."""
        await self.run_action("screen.next")
