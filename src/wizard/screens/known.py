"""Everything that is said about the answers, each sentence with its reason and what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from wizard.screens.dialog import Dialog
from wizard.widgets.flow import Flow, Lines
from wizard.widgets.implications import in_full

if TYPE_CHECKING:
    from wizard.exposure.comparison import View


class KnownScreen(Dialog[None]):
    """One page to scroll; nothing of it is folded away."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,b,q,i,enter", "dismiss(None)", "Close", show=False)]
    frame_keys = ("↑↓ scroll   esc close",)

    def __init__(self, view: View) -> None:
        super().__init__()
        self.view = view

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog"):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """Scrolling works at once."""
        dialog = self.query_one("#dialog")
        dialog.border_title = "What follows from these answers"
        dialog.focus()

    def _lines(self, width: int) -> Lines:
        return in_full(self.view, width)
