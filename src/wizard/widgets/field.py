"""What every field can do, however it looks."""

from __future__ import annotations

from collections.abc import Callable

from textual.content import Content
from textual.events import Resize
from textual.widget import Widget

from wizard.session.steps.base import Answer, Field, Option
from wizard.widgets.flow import Flow, Lines, text, wrapped

LABEL_WIDTH = 13


class FieldWidget(Widget):
    """A question of a step. It shows a Field and posts Highlighted, PlanChange and Advance."""

    DEFAULT_CSS = "FieldWidget { height: auto; width: 1fr; }"
    uncommitted = ""
    """Text that was typed here before and refused."""

    def __init__(self, field: Field) -> None:
        super().__init__(id=f"field-{field.id}")
        self.field = field
        self.display = field.shown

    def load(self, field: Field) -> None:
        """Show the Field as the Plan has it now."""
        self.field = field
        self.display = field.shown

    def pending(self) -> Answer | None:
        """What was typed but is not in the Plan yet. Raises ValueError with a sentence if it cannot be read."""
        return None

    @property
    def typed(self) -> str:
        """The text in the field, for typed kinds."""
        return ""

    def refuse(self, sentence: str) -> None:
        """Show why the answer is refused; "" = it is not."""

    @property
    def option(self) -> Option | None:
        """The answer that F1 explains: the one under the cursor, or the one that is shown."""
        return None


class WrittenField(FieldWidget):
    """A field with typed text, and lines below that say what the text would become."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._height = 0

    def show_hint(self, build: Callable[[int], Lines] | None = None) -> None:
        """Draw the lines under the field again."""
        self.query_one(".hint", Flow).redraw(build)

    def on_resize(self, event: Resize) -> None:
        """Scroll what became taller into view while typing; only now is it known where its end is."""
        if self.has_focus_within and event.size.height > self._height > 0:
            self.scroll_visible(animate=False, immediate=True)
        self._height = event.size.height


def show_with_hint(widget: Widget) -> None:
    """Scroll a widget into view, with what stands above it in its field and the hint below, which may say what to
    type."""
    field = next((each for each in widget.ancestors if isinstance(each, FieldWidget)), None)
    for each in (field, *field.query(".hint"), widget) if field is not None else (widget,):
        for form in widget.screen.query("#form"):
            form.scroll_to_widget(each, animate=False, immediate=True, force=True)


def labelled(label: str, width: int = LABEL_WIDTH) -> Content:
    """A field's label in its column."""
    return text(f"{label:<{width - 1}} ", "$foreground-muted")


def hint_lines(hint: str, problem: str, width: int) -> Lines:
    """The line under a field: its problem if it has one, else the hint."""
    pad = " " * LABEL_WIDTH
    if problem:
        return wrapped(problem, width, "$text-error", text(f"{pad}✗ ", "$text-error"), LABEL_WIDTH + 2)
    return wrapped(hint, width, "$foreground-muted", pad, LABEL_WIDTH) if hint else []
