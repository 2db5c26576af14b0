"""The frame of everything that opens on top of a step."""

from __future__ import annotations

from textual.screen import ModalScreen, ScreenResultType


class Dialog(ModalScreen[ScreenResultType]):
    """A box with the id `dialog` in the middle; how large it is, a subclass may say."""

    DEFAULT_CSS = """
    Dialog #dialog {
        width: 80%; max-width: 100; height: auto; max-height: 80%;
        background: $surface; border: round $primary; padding: 1 2;
    }
    Dialog #dialog, Dialog #dialog VerticalScroll, Dialog #dialog TextArea {
        scrollbar-size-vertical: 1; scrollbar-color: $panel-lighten-2; scrollbar-background: $surface;
        scrollbar-background-hover: $surface; scrollbar-background-active: $surface;
    }
    Dialog.-narrow #dialog { width: 96%; max-height: 92%; padding: 0 1; }
    """
