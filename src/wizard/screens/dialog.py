"""The frame of everything that opens on top of a step."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.screen import ModalScreen, ScreenResultType

from wizard.screens.presence import size_classes
from wizard.widgets.bars import fitting

_FRAME = 10
"""Cells of a dialog's line of keys that its frame and the space beside it take."""


class Dialog(ModalScreen[ScreenResultType]):
    """A box with the id `dialog` in the middle; how large it is, a subclass may say."""

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
    """The keys on the frame, the longest wording first; () = the subclass sets them."""

    def on_mount(self) -> None:
        """Of the right size from the first paint on."""
        self.update_classes(size_classes(self.app))
        self._show_frame_keys(self.app.size.width)

    def on_resize(self, event: events.Resize) -> None:
        """Other words may fit."""
        self._show_frame_keys(event.size.width)

    def _show_frame_keys(self, width: int) -> None:
        if self.frame_keys:
            self.query_one("#dialog").border_subtitle = fitting(width - _FRAME, *self.frame_keys)
