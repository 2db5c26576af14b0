"""The last filter before the terminal, for what a widget draws by itself (an input's value, a list)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.filter import LineFilter

from wizard.harmless import without

if TYPE_CHECKING:
    from textual.color import Color


class Harmless(LineFilter):
    """Removes what a terminal would obey; such characters have no width."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(without(text), style, control) for text, style, control in segments]
