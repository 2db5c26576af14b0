"""All findings about the answers, each with its reason and what to do instead."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from wizard.screens.dialog import Dialog
from wizard.widgets.flow import Flow, Lines, text
from wizard.widgets.implications import in_full, judged_lines

if TYPE_CHECKING:
    from wizard.comparison.view import View
    from wizard.session.opened import Judged


class AllFindingsScreen(Dialog[None]):
    """One page to scroll; nothing is collapsed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,b,q,i,enter", "dismiss(None)", "Close", show=False)]
    frame_keys = ("↑↓ scroll   esc close",)

    def __init__(self, view: View, judged: tuple[Judged, ...] = ()) -> None:
        super().__init__()
        self.view = view
        self.judged = judged
        """What is wrong with the opened files, which comes first."""

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog"):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """Scrolling works at once."""
        dialog = self.query_one("#dialog")
        dialog.border_title = "What follows from these answers"
        dialog.focus()

    def _lines(self, width: int) -> Lines:
        if not self.judged:
            return in_full(self.view, width)
        return [
            text("In your files, as they are:", "bold $text-error"),
            *judged_lines(self.judged, width),
            text("From the answers, as they are now:", "bold"),
            *in_full(self.view, width),
        ]
