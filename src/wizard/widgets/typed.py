"""A typed value with its label, hint and problem."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.suggester import SuggestionReady
from textual.timer import Timer
from textual.widgets import Input

from wizard.session.steps.base import Answer, Field
from wizard.session.steps.edit import typed
from wizard.widgets.field import FieldWidget, hint_lines, labelled
from wizard.widgets.flow import Flow
from wizard.widgets.messages import Advance, Peek, PlanChange

AFTER_KEY = 0.01
"""Seconds after a key in which the terminal gets it, before what the key means is worked out."""


class Line(Input):
    """One line of typing; up and down leave it. A key stands on the screen before anything follows from it."""

    class Edited(Message):
        """Something else stands in the line."""

        def __init__(self, line: Line, value: str) -> None:
            super().__init__()
            self.line = line
            self.value = value

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", show=False),
        Binding("down", "app.focus_next", show=False),
    ]
    # The width of the text changes with every key, that of the line never: nothing has to be laid out anew.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)
    completion: Callable[[str], str] | None = None
    """Completes what stands in the line; "" = nothing to add."""
    _untold: Timer | None = None

    def on_input_changed(self, event: Input.Changed) -> None:
        """`Edited` takes its place."""
        event.stop()

    def watch_value(self) -> None:
        """Say so once the key is on the screen."""
        if self._untold is not None:
            self._untold.stop()
        self._untold = self.set_timer(AFTER_KEY, self._tell)

    def _tell(self) -> None:
        if self._untold is not None:
            self._untold.stop()
            self._untold = None
            self.post_message(self.Edited(self, self.value))
            if self.completion and self.value and self.has_focus:
                self.post_message(SuggestionReady(self.value, self.completion(self.value)))

    def on_blur(self, event: events.Blur) -> None:
        """Nothing is left untold."""
        del event
        self._tell()

    async def action_submit(self) -> None:
        """What was typed last is told first."""
        self._tell()
        await super().action_submit()

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        # A line never shows a scrollbar; moving the one that Textual keeps for it would have the screen arranged anew.
        if round(old_value) != round(new_value):
            self.refresh()


class Typed(FieldWidget):
    """Every key is shown in the live pane; the value is set on Enter or on leaving. Nobody is told off while typing."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._problem = ""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Flow(lambda _: [labelled(self.field.label)], classes="label")
            yield Line(
                self.left_over or self.field.value,
                placeholder=self.field.placeholder,
                compact=True,
                select_on_focus=False,
            )
        yield Flow(lambda width: hint_lines(self.field.hint, self._problem, width), classes="hint")

    @property
    def line(self) -> Line:
        """The input."""
        return self.query_one(Line)

    @property
    def typed(self) -> str:
        return self.line.value

    def load(self, field: Field) -> None:
        changed = field.value != self.field.value
        super().load(field)
        # A widget counts as mounted before it has composed; what it composes then has the new value already.
        if changed and self.query(Line):
            self.line.value = field.value
            self.refuse("")

    def answer(self, value: str) -> Answer | None:
        """The answer a text stands for, None = none. Raises ValueError with a sentence."""
        return typed(self.field, value)

    def pending(self) -> Answer | None:
        line = next(iter(self.query(Line)), None)
        return self.answer(line.value) if line is not None and line.value != self.field.value else None

    def refuse(self, sentence: str) -> None:
        if sentence != self._problem:
            self._problem = sentence
            self.query_one(".hint", Flow).redraw()

    def on_line_edited(self, event: Line.Edited) -> None:
        """Show what the text would mean, as far as it can be read."""
        event.stop()
        self.refuse("")
        if event.line.has_focus:
            self.peek(event.value)

    def peek(self, value: str) -> None:
        """Let the live pane show what a text would mean."""
        try:
            answer = self.answer(value) if value != self.field.value else None
        except ValueError:
            answer = None
        self.post_message(Peek(answer))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on; the screen sets what is pending."""
        event.stop()
        self.post_message(Advance())

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Set the value, or say why it cannot be."""
        event.stop()
        try:
            answer = self.pending()
        except ValueError as error:
            self.refuse(str(error))
            return
        if answer is not None:
            self.post_message(PlanChange(answer, self))
