"""A typed value with its label, hint and problem."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual import events
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.geometry import Size
from textual.message import Message
from textual.reactive import Reactive
from textual.strip import Strip
from textual.suggester import SuggestionReady
from textual.timer import Timer
from textual.widgets import Input

from wizard.session.steps.base import Answer, Field
from wizard.session.steps.edit import typed
from wizard.widgets.field import LABEL_WIDTH, WrittenField, hint_lines, labelled
from wizard.widgets.flow import Flow, Lines, tail, wrapped
from wizard.widgets.messages import Advance, Highlighted, PlanChange
from wizard.widgets.moving import move

AFTER_KEY = 0.01
"""Seconds after a key in which the terminal gets to draw it, before its effect is computed."""


def _common(texts: tuple[str, ...]) -> str:
    """The common beginning of all of them."""
    columns = itertools.takewhile(lambda column: len(set(column)) == 1, zip(*texts, strict=False))
    return "".join(column[0] for column in columns)


class Line(Input):
    """One line of typed text; up and down leave it. A key is shown on the screen before anything follows from it."""

    class Edited(Message):
        """The text in the line has changed."""

        def __init__(self, line: Line, value: str) -> None:
            super().__init__()
            self.line = line
            self.value = value

    class Several(Message):
        """Tab was pressed and there are several ways to complete the text; or a text of several lines was pasted."""

        def __init__(self, line: Line, parts: tuple[str, ...], pasted: bool = False) -> None:
            super().__init__()
            self.line = line
            self.parts = parts
            self.pasted = pasted

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
        Binding("tab", "complete", show=False),
        Binding("ctrl+z", "take_back", show=False, id="undo"),
    ]
    # The width of the text changes with every key, that of the line never: nothing has to be laid out again.
    virtual_size: Reactive[Size] = Reactive(Size(0, 0), layout=False)
    completion: Callable[[str], str] | None = None
    """Completes the text in the line; "" = nothing to add."""
    fitting: Callable[[str], tuple[str, ...]] | None = None
    """Everything that begins with the text in the line, for Tab."""
    takes_lines = False
    """A text of several lines is several values."""
    _untold: Timer | None = None
    _listed: tuple[str, ...] = ()
    """What Tab has shown already."""
    _past: tuple[str, ...] = ()
    """Earlier texts in this line, newest last, since it was focused."""
    _taking_back = False

    def on_input_changed(self, event: Input.Changed) -> None:
        """`Edited` replaces it."""
        event.stop()

    def action_move(self, step: int) -> None:
        """To the field before or after."""
        move(self, step)

    def action_complete(self) -> None:
        """Complete as far as there is no choice, then show the choice, then go to the next field."""
        found = self.fitting(self.value) if self.fitting else ()
        common = _common(found)
        if len(common) > len(self.value):
            self.value = common
            self.cursor_position = len(common)
        elif len(found) > 1 and found != self._listed:
            self._listed = found
            self.post_message(self.Several(self, found))
        else:
            self.screen.focus_next()

    def action_take_back(self) -> None:
        """Restore the previous text; if there is none left, undo the last answer."""
        if not self._past:
            raise SkipAction
        self._taking_back = True
        *rest, self.value = self._past
        self._past = tuple(rest)
        self.cursor_position = len(self.value)

    def on_focus(self) -> None:
        """What was typed before belongs to the answers."""
        self._past = ()

    def _on_paste(self, event: events.Paste) -> None:
        lines = tuple(line.strip() for line in event.text.splitlines() if line.strip())
        if self.takes_lines and len(lines) > 1:
            event.stop()
            event.prevent_default()
            self.post_message(self.Several(self, lines, pasted=True))
        else:
            super()._on_paste(event)

    def validate_value(self, value: str) -> str:
        """Remember the present text."""
        if self._taking_back:
            self._taking_back = False
        elif self.has_focus and value != self.value:
            self._past = (*self._past[-99:], self.value)
        return value

    def watch_value(self) -> None:
        """Post it once the key is on the screen."""
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
        """Post everything that is waiting."""
        del event
        self._tell()

    async def action_submit(self) -> None:
        """Post what was typed last first."""
        self._tell()
        await super().action_submit()

    def render_line(self, y: int) -> Strip:
        """A path that is only shown shows its end, which identifies it."""
        room = self.scrollable_content_region.width
        if y or self.has_focus or self.completion is None or cell_len(self.value) <= room:
            return super().render_line(y)
        return Strip([Segment(tail(self.value, room))]).extend_cell_length(room + 1).apply_style(self.rich_style)

    def watch_scroll_x(self, old_value: float, new_value: float) -> None:
        # A line never shows a scrollbar; moving the one that Textual keeps for it would have the screen laid out again.
        if round(old_value) != round(new_value):
            self.refresh()


class Typed(WrittenField):
    """Every key updates the live pane; the value is set on Enter or on leaving. No errors are shown while typing."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._problem = ""

    def compose(self) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Flow(lambda _: [labelled(self.field.label)], classes="label")
            yield Line(
                self.uncommitted or self.field.value,
                placeholder=self.field.placeholder,
                compact=True,
                select_on_focus=False,
            )
        yield Flow(self._hint, classes="hint")

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

    def on_line_several(self, event: Line.Several) -> None:
        """Show the possibilities until the next key."""
        event.stop()
        names = "   ".join(part.rstrip("/").rpartition("/")[2] + "/" * part.endswith("/") for part in event.parts)
        pad = " " * LABEL_WIDTH
        self.show_hint(lambda width: wrapped(names, width, "$text-secondary", pad, LABEL_WIDTH))

    def _hint(self, width: int) -> Lines:
        return hint_lines(self.field.hint, self._problem, width)

    def refuse(self, sentence: str) -> None:
        if sentence != self._problem:
            self._problem = sentence
            self.show_hint()

    def on_line_edited(self, event: Line.Edited) -> None:
        """Show what the text would mean, as far as it can be read."""
        self.refuse("")
        self.show_hint(self._hint)
        if event.line.has_focus:
            self.peek(event.value)

    def peek(self, value: str) -> None:
        """Let the live pane show what a text would mean."""
        try:
            answer = self.answer(value) if value != self.field.value else None
        except ValueError:
            answer = None
        self.post_message(Highlighted(answer))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on; the screen sets what is pending."""
        event.stop()
        self.post_message(Advance())

    def on_input_blurred(self, event: Input.Blurred) -> None:
        """Set the value, or say why it is refused."""
        event.stop()
        try:
            answer = self.pending()
        except ValueError as error:
            self.refuse(str(error))
            return
        if answer is not None:
            self.post_message(PlanChange(answer, self))
