"""Asked before writing files that protect less than the existing ones."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from wizard.screens.choosing import ChoosingDialog
from wizard.widgets.flow import Lines, text, wrapped

_OPTIONS = ((False, "Go back, and write nothing"), (True, "Write it anyway; a copy of each file is kept"))


class LowerScreen(ChoosingDialog[bool]):
    """Whether to write. The cursor starts at going back, so pressing a key twice by accident does no harm."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,b,q", "dismiss(False)", show=False)]
    frame_keys = ("↑↓ move   enter choose   esc back",)

    def __init__(self, lowered: tuple[str, ...]) -> None:
        super().__init__("Less protected than the files there now", _OPTIONS)
        self.lowered = lowered

    def before(self, width: int) -> Lines:
        found: Lines = []
        for sentence in self.lowered:
            found += wrapped(sentence, width, "", text("− ", "bold $text-warning"), 2)
        return [*found, text("")]
