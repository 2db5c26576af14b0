from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import Input

from tests.screens.driving import settle
from wizard.widgets.typed import Line


class Two(App[None]):
    """Two lines, and what they said."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield Line(id="one")
        yield Line(id="two")

    def on_line_edited(self, event: Line.Edited) -> None:
        self.said.append(("edited", event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        self.said.append(("submitted", event.value))

    def on_input_blurred(self, event: Input.Blurred) -> None:
        self.said.append(("left", event.value))


async def test_fast_keys_are_told_once_they_are_over() -> None:
    two = Two()
    async with two.run_test() as pilot:
        line = pilot.app.query_one("#one", Line)
        for key in "model":
            line.insert_text_at_cursor(key)
        await settle(pilot)
        assert two.said == [("edited", "model")]


async def test_what_was_typed_last_is_told_before_enter_and_before_leaving() -> None:
    two = Two()
    async with two.run_test() as pilot:
        line = pilot.app.query_one("#one", Line)
        line.insert_text_at_cursor("a")
        await line.action_submit()
        await settle(pilot)
        line.insert_text_at_cursor("b")
        pilot.app.query_one("#two", Line).focus()
        await settle(pilot)
        assert two.said == [("edited", "a"), ("submitted", "a"), ("edited", "ab"), ("left", "ab")]


async def test_a_completion_is_offered_for_what_stands_there_and_taken_with_right() -> None:
    async with Two().run_test() as pilot:
        line = pilot.app.query_one("#one", Line)
        line.completion = lambda _: "model"
        await pilot.press("m", "o")
        await settle(pilot)
        await pilot.press("right")
        await settle(pilot)
        assert line.value == "model"
