"""The frame of every window that opens on top of a step."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.screen import ModalScreen, ScreenResultType

from wizard.screens.presence import size_classes
from wizard.widgets.bars import fitting

_FRAME = 10
"""Cells that the frame and the space next to it take from a dialog's line of keys."""


class Dialog(ModalScreen[ScreenResultType]):
    """A box with the id `dialog` in the middle; subclasses may set its size."""

    DEFAULT_CSS = """
    Dialog #dialog {
        width: 80%; max-width: 100; height: auto; max-height: 80%;
        background: $surface; border: round $primary; padding: 1 2;
    }
    Dialog #dialog, Dialog #dialog VerticalScroll, Dialog #dialog TextArea {
        scrollbar-size-vertical: 1; scrollbar-color: $scrollbar; scrollbar-background: $surface;
        scrollbar-color-hover: $primary; scrollbar-color-active: $primary;
        scrollbar-background-hover: $surface; scrollbar-background-active: $surface;
    }
    Dialog.-narrow #dialog { width: 96%; max-height: 92%; padding: 0 1; }
    """
    frame_keys: ClassVar[tuple[str, ...]] = ()
    """The keys on the frame, the longest text first; () = the subclass sets them."""

    def on_mount(self) -> None:
        """Has the right size from the first paint on."""
        self.update_classes(size_classes(self.app))
        self._show_frame_keys(self.app.size.width)

    def on_resize(self, event: events.Resize) -> None:
        """Other texts may fit."""
        self._show_frame_keys(event.size.width)

    def _show_frame_keys(self, width: int) -> None:
        if self.frame_keys:
            self.query_one("#dialog").border_subtitle = fitting(width - _FRAME, *self.frame_keys)
