"""Asked before files are written that protect less than those that lie there."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical

from wizard.screens.dialog import Dialog
from wizard.widgets.flow import Flow, Lines, text, wrapped

_OPTIONS = ("Go back, and write nothing", "Write it all the same; a copy of each file is kept")


class LowerScreen(Dialog[bool]):
    """Whether to write. The cursor begins at going back: a key that was pressed twice gives nothing away."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(0)", show=False),
        Binding("down", "look(1)", show=False),
        Binding("enter,space", "choose", show=False),
        Binding("escape,b,q", "dismiss(False)", show=False),
    ]

    def __init__(self, lowered: tuple[str, ...]) -> None:
        super().__init__()
        self.lowered = lowered
        self.at = 0

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog"):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """Title and keys on the frame."""
        dialog = self.query_one("#dialog")
        dialog.border_title = "Less protected than what lies there"
        dialog.border_subtitle = "↑↓ move   enter choose   esc back"

    def _lines(self, width: int) -> Lines:
        found: Lines = []
        for sentence in self.lowered:
            found += wrapped(sentence, width, "", text("− ", "bold $text-warning"), 2)
        found.append(text(""))
        for at, words in enumerate(_OPTIONS):
            here = at == self.at
            found += wrapped(words, width, "bold on $primary-muted" if here else "", text("▌ " if here else "  "), 2)
        return found

    def action_look(self, at: int) -> None:
        """Move the cursor."""
        self.at = at
        self.query_one(Flow).redraw()

    def action_choose(self) -> None:
        """What is under the cursor."""
        self.dismiss(self.at == 1)
