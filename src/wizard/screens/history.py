"""Every answer given so far; the user can go back to any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from wizard.screens.dialog import Dialog
from wizard.session.steps.progress import title_of_id
from wizard.widgets.flow import Flow, Lines, clipped, text, under_cursor

if TYPE_CHECKING:
    from wizard.session.history import History


class HistoryScreen(Dialog["int | None"]):
    """A list of answers, newest last; Enter goes to one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(-1)", show=False),
        Binding("down", "look(1)", show=False),
        Binding("enter", "choose", show=False),
        Binding("escape,b,ctrl+g", "dismiss(None)", show=False),
    ]

    def __init__(self, history: History) -> None:
        super().__init__()
        self.history = history
        self.at = history.at

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """Title and keys on the frame."""
        dialog = self.query_one("#dialog")
        dialog.border_title = "Answers given so far"
        dialog.border_subtitle = "↑↓ move   enter go there   esc close"

    def _lines(self, width: int) -> Lines:
        found: Lines = []
        for index, entry in enumerate(self.history.entries):
            now = "  ◂ now" if index == self.history.at else ""
            where = f"{title_of_id(entry.step_id)}: " if entry.step_id else ""
            style = "$foreground-muted" if index > self.history.at else ""
            line = clipped(
                text(f" {where}", "$foreground-muted") + text(entry.label, style) + text(now, "$text-accent"), width
            )
            found.append(under_cursor(line, width) if index == self.at else line)
        return found

    def action_look(self, step: int) -> None:
        """Move the cursor."""
        self.at = min(max(0, self.at + step), len(self.history.entries) - 1)
        self.query_one(Flow).redraw()
        self.query_one("#dialog").scroll_to(y=max(0, self.at - 3), animate=False)

    def action_choose(self) -> None:
        """Go to the answer under the cursor."""
        self.dismiss(self.at)
