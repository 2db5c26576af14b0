"""A dialog with a few options."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ScreenResultType

from wizard.screens.dialog import Dialog
from wizard.widgets.flow import Flow, Lines, text, wrapped


class ChoosingDialog(Dialog[ScreenResultType]):
    """Options in a list with a cursor, which begins at the first. `options`: each with its text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(-1)", show=False),
        Binding("down", "look(1)", show=False),
        Binding("enter,space", "choose", show=False),
    ]

    def __init__(self, title: str, options: Sequence[tuple[ScreenResultType, str]]) -> None:
        super().__init__()
        self.heading = title
        self.options = options
        self.at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """The title on the frame."""
        self.query_one("#dialog").border_title = self.heading

    def before(self, width: int) -> Lines:
        """The text above the options."""
        del width
        return []

    def _lines(self, width: int) -> Lines:
        found = self.before(width)
        for index, (_, words) in enumerate(self.options):
            here = index == self.at
            found += wrapped(words, width, "bold on $primary-muted" if here else "", text("▌ " if here else "  "), 2)
        return found

    def action_look(self, step: int) -> None:
        """Move the cursor."""
        self.at = min(max(0, self.at + step), len(self.options) - 1)
        self.query_one(Flow).redraw()

    def action_choose(self) -> None:
        """The option under the cursor."""
        self.dismiss(self.options[self.at][0])
