"""The floor: the least a Textual program can be, one Label and one Input."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input, Label


class Floor(App[None]):
    def compose(self) -> ComposeResult:
        yield Label("FLOOR READY")
        yield Input()


if __name__ == "__main__":
    Floor().run()
