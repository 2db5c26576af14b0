"""The way out: asked once, with what becomes of the draft."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from wizard.screens.dialog import Dialog
from wizard.widgets.flow import Flow, Lines, text, wrapped

Choice = Literal["keep", "forget", "stay"]
_KEEP: tuple[tuple[Choice, str], ...] = (
    ("keep", "Leave, and keep the answers as a draft"),
    ("forget", "Leave, and forget the answers"),
    ("stay", "Stay"),
)
_PLAIN: tuple[tuple[Choice, str], ...] = (("keep", "Leave"), ("stay", "Stay"))


class LeaveScreen(Dialog[Choice]):
    """`draft`: whether there are answers that would be kept. Ctrl-C once more leaves and keeps them."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(-1)", show=False),
        Binding("down", "look(1)", show=False),
        Binding("enter,space", "choose", show=False),
        Binding("escape,b", "dismiss('stay')", show=False),
        Binding("ctrl+c,q", "dismiss('keep')", show=False, priority=True),
    ]

    def __init__(self, draft: bool) -> None:
        super().__init__()
        self.options = _KEEP if draft else _PLAIN
        self.at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """Title and keys on the frame."""
        dialog = self.query_one("#dialog")
        dialog.border_title = "Leave?"
        dialog.border_subtitle = "↑↓ move   enter choose   q leave   esc stay"

    def _lines(self, width: int) -> Lines:
        found: Lines = []
        for index, (_, words) in enumerate(self.options):
            here = index == self.at
            found += wrapped(words, width, "bold on $primary-muted" if here else "", text("▌ " if here else "  "), 2)
        return found

    def action_look(self, step: int) -> None:
        """Move the cursor."""
        self.at = min(max(0, self.at + step), len(self.options) - 1)
        self.query_one(Flow).redraw()

    def action_choose(self) -> None:
        """What is under the cursor."""
        self.dismiss(self.options[self.at][0])
