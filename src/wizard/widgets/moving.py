"""Up and down between the fields of a page, within the current part of the page and without wrapping around."""

from __future__ import annotations

from textual.widget import Widget

_PARTS = ("form", "pane")


def move(widget: Widget, step: int) -> None:
    """Focus the next (1) or previous (-1) field of the same part; at its end, nothing happens."""
    part = next((node for node in widget.ancestors if node.id in _PARTS), widget.screen)
    fields = [each for each in widget.screen.focus_chain if part in each.ancestors]
    if widget in fields and 0 <= (to := fields.index(widget) + step) < len(fields):
        fields[to].focus()
