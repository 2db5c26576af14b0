"""What the Start step offers besides its question: the draft of an earlier run, and the servers that run here.

Loaded when there is one of them: defining two widgets takes more than a millisecond of each start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content

from wizard.widgets.choices import Choices
from wizard.widgets.flow import Flow, Lines, text, wrapped
from wizard.widgets.messages import Highlighted
from wizard.widgets.moving import move

if TYPE_CHECKING:
    from wizard.session.found_here import FoundHere

_NARROW = 3
"""Maximum number of offers if there is little room."""


class Resume(Flow, can_focus=True):
    """The offer to resume an earlier run."""

    DEFAULT_CSS = "Resume { margin-bottom: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "screen.resume", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]

    def on_focus(self) -> None:
        self.post_message(Highlighted())

    def action_move(self, step: int) -> None:
        """To the field before or after."""
        move(self, step)

    async def on_click(self) -> None:
        """Resume it."""
        await self.run_action("screen.resume")


class RunningHere(Flow):
    """The servers that run on this machine, each with its key, below the question. Shown once they are known."""

    DEFAULT_CSS = "RunningHere { margin-bottom: 1; }"

    def __init__(self, found: tuple[FoundHere, ...], chosen: Callable[[int], object]) -> None:
        super().__init__(id="running")
        self._found = found
        self._chosen = chosen

    def on_resize(self) -> None:
        """Its lines moved the focused widget down: keep it in view."""
        if isinstance(self.screen.focused, Choices):
            self.call_after_refresh(self.screen.focused.reveal)

    def build(self, width: int) -> Lines:
        return [line for _, line in self._layout(width)]

    def _layout(self, width: int) -> list[tuple[int, Content]]:
        """(number of the offer, line) of every line."""
        narrow = self.screen.has_class("-narrow")
        head = text("Or begin with what runs here:", "$foreground-muted")
        found: list[tuple[int, Content]] = [] if narrow else [(0, head)]
        for number, each in enumerate(self._found[: _NARROW if narrow else len(self._found)], 1):
            place = each.name if narrow else f"{each.kind} {each.name}"
            words = f"{'Or look' if narrow else 'Look'} at {each.words} ({place})"
            key = text(f" {number} ", "bold $text-accent")
            found += [(number, line) for line in wrapped(words, width - 1, "bold $primary", key, 3)]
        return found

    def on_click(self, event: events.Click) -> None:
        """Look at the clicked one."""
        lines = self._layout(self.content_size.width)
        if 0 <= event.y < len(lines) and lines[event.y][0]:
            self._chosen(lines[event.y][0])
