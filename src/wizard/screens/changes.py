"""The files as they would be written, with the changes to existing files."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from wizard.screens.dialog import Dialog
from wizard.widgets.file_view import file_view
from wizard.widgets.flow import Flow, Lines

if TYPE_CHECKING:
    from wizard.comparison.files import FileChange


class ChangesScreen(Dialog[None]):
    """One file at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,b,q,d", "dismiss(None)", "Close", show=False),
        Binding("space,right,enter", "turn(1)", "Next file", show=False, priority=True),
        Binding("left,backspace", "turn(-1)", "File before", show=False, priority=True),
    ]

    def __init__(self, changes: tuple[FileChange, ...]) -> None:
        super().__init__()
        self.changes = changes
        self.at = 0

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog"):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """Show title and keys on the frame; scrolling works at once."""
        dialog = self.query_one("#dialog")
        dialog.border_title = "Files"
        dialog.border_subtitle = "←→ file   ↑↓ scroll   esc close"
        dialog.focus()

    def _lines(self, width: int) -> Lines:
        return file_view(self.changes, self.at, width)

    def action_turn(self, by: int) -> None:
        """Show the next file, or the one before."""
        self.at += by
        self.query_one(Flow).redraw()
        self.query_one("#dialog").scroll_home(animate=False)
