"""The list of models above the form of the Model step; only shown if there is more than one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from wizard.widgets.flow import Flow, Lines, clipped, tail, text, under_cursor
from wizard.widgets.messages import Highlighted
from wizard.widgets.moving import move

if TYPE_CHECKING:
    from wizard.models.report import ModelReport


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model in the list."""

    name: str
    path: str
    usable: bool | None
    """Whether what is at the path can be served; None = not known yet."""


class Picked(Message):
    """Another model is to be edited; the position after the last is a new one."""

    def __init__(self, index: int) -> None:
        super().__init__()
        self.index = index


class ModelLooked(Message):
    """A path was looked into. Carries the question, so that a late answer can be recognised."""

    def __init__(self, path: str, server: str, report: ModelReport) -> None:
        super().__init__()
        self.path = path
        self.server = server
        self.report = report


class ModelList(Flow, can_focus=True):
    """One line for each model; the fields below are about the one under the cursor."""

    DEFAULT_CSS = "ModelList { margin-bottom: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(-1)", show=False),
        Binding("down", "look(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end", "edge(-1)", show=False),
        Binding("enter", "screen.next", show=False),
        Binding("space", "screen.edit", show=False),
        Binding("a", "screen.add", show=False),
        Binding("delete,d", "screen.remove", show=False),
    ]
    rows: tuple[ModelRow, ...] = ()
    at = 0

    def show(self, rows: tuple[ModelRow, ...], at: int) -> None:
        """Set the models, and which one is edited; a single model has no list."""
        self.display = self.can_focus = len(rows) > 1 or at >= len(rows) > 0
        if (rows, at) != (self.rows, self.at):
            self.rows, self.at = rows, at
            self.redraw()

    def build(self, width: int) -> Lines:
        room = self._room
        count = len(self.rows) + 1
        top = self._top(room)
        column = min(24, max((len(row.name) for row in self.rows), default=0)) + 2
        lines = [self._line(number, column, width) for number in range(top, min(count, top + room))]
        if count > room:
            words = f"   {min(self.at + 1, len(self.rows))} of {len(self.rows)} models"
            lines.append(clipped(text(words, "$foreground-muted"), width))
        return lines

    @property
    def _room(self) -> int:
        return 3 if self.screen.has_class("-short") else 4 if self.screen.has_class("-narrow") else 8

    def _top(self, room: int) -> int:
        return min(max(0, self.at - room // 2), max(0, len(self.rows) + 1 - room))

    def _line(self, number: int, column: int, width: int) -> Content:
        here = number == self.at
        head = text("▸ " if here else "  ", "bold $primary")
        if number == len(self.rows):
            line = head + text("+ Another model", "bold" if here else "$foreground-muted")
        else:
            row = self.rows[number]
            bad = row.usable is False
            line = head + text("✗ " if bad else "✓ " if row.usable else "  ", "$text-error" if bad else "$text-success")
            name = clipped(text(row.name, "bold" if here else ""), column - 2)
            line = line + name.extend_right(column - name.cell_length)
            line += text(tail(row.path, width - line.cell_length), "$foreground-muted")
        line = clipped(line, width)
        return under_cursor(line, width) if here and self.has_focus else line

    def on_focus(self) -> None:
        self.post_message(Highlighted())

    def on_click(self, event: events.Click) -> None:
        """Edit the clicked one."""
        to = self._top(self._room) + event.y
        if event.y < self._room and to <= len(self.rows):
            self.post_message(Picked(to))

    def action_look(self, step: int) -> None:
        """Move the cursor; past the edge, on to the next field."""
        to = self.at + step
        if 0 <= to <= len(self.rows):
            self.post_message(Picked(to))
        else:
            move(self, step)

    def action_edge(self, index: int) -> None:
        """To the first or the last model."""
        self.post_message(Picked(index % max(1, len(self.rows))))
