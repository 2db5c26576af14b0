"""A list of typed values: a line to type one, and the existing ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import Input

from wizard.session.steps.base import Answer, Field
from wizard.session.steps.edit import listed
from wizard.widgets.field import LABEL_WIDTH, FieldWidget, WrittenField, labelled
from wizard.widgets.flow import Flow, Lines, text, under_cursor, wrapped
from wizard.widgets.messages import Advance, FieldWanted, Highlighted, PlanChange
from wizard.widgets.moving import move
from wizard.widgets.typed import Line


@dataclass(frozen=True, slots=True)
class EntryVerdict:
    """What a typed value would become."""

    value: str
    """The spelling to keep; "" = it is refused."""
    note: str = ""
    """What was changed, or why it is refused."""
    kept: tuple[tuple[str, str, str], ...] = ()
    """What Enter adds: each spelling to keep, the text typed for it, and what was corrected in it; () = nothing."""

    @property
    def corrected(self) -> bool:
        """Whether more than the spelling is changed."""
        return any(correction for _, _, correction in self.kept)

    @property
    def words(self) -> str:
        """What Enter adds, with what was changed."""
        return ", ".join(_words(*each) for each in self.kept)


def _words(value: str, typed: str, correction: str) -> str:
    if correction:
        return f"{value} ({correction})"
    return value if value == typed else f"{value}   for {typed}"


class Present(Flow, can_focus=True):
    """The existing values; Delete removes one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "look(-1)", show=False),
        Binding("down", "look(1)", show=False),
        Binding("delete,backspace", "remove", "remove", show=False),
        Binding("enter", "edit", "change", show=False),
    ]
    at: reactive[int] = reactive(0, init=False)
    values: tuple[str, ...] = ()

    def build(self, width: int) -> Lines:
        found: Lines = []
        for index, value in enumerate(self.values):
            here = self.has_focus and index == self.at
            line = text(" " * LABEL_WIDTH) + text("✓ ", "$text-success") + text(value)
            found.append(under_cursor(line, width) if here else line)
        if self.has_focus:
            words = "delete removes it, enter changes it"
            found += wrapped(words, width, "$foreground-muted", " " * (LABEL_WIDTH + 2), LABEL_WIDTH + 2)
        return found

    def watch_at(self) -> None:
        """Show the cursor."""
        self.redraw()

    def action_look(self, step: int) -> None:
        """Move the cursor; past the edge, on to the next field."""
        to = self.at + step
        if 0 <= to < len(self.values):
            self.at = to
        else:
            move(self, step)

    def action_remove(self) -> None:
        """Remove the value under the cursor."""
        if isinstance(self.parent, Entries) and self.at < len(self.values):
            self.parent.remove_value(self.values[self.at])

    def action_edit(self) -> None:
        """Put the value under the cursor back into the line."""
        if isinstance(self.parent, Entries) and self.at < len(self.values):
            self.parent.edit_value(self.values[self.at])


class Entries(WrittenField):
    """Enter adds what was typed, Enter on an empty line goes on."""

    def __init__(self, field: Field, judge: Callable[[str], EntryVerdict]) -> None:
        super().__init__(field)
        self.judge = judge
        self._refused = ""
        self._told = ""
        """What happened to the last typed value."""

    @property
    def values(self) -> tuple[str, ...]:
        """The values in the Plan."""
        return tuple(self.field.value.splitlines())

    def compose(self) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Flow(lambda _: [labelled(self.field.label)], classes="label")
            line = Line(self.uncommitted, placeholder=self._example, compact=True, select_on_focus=False)
            line.takes_lines = True
            yield line
        yield Flow(self._verdict_lines, classes="hint")
        present = Present()
        present.values = self.values
        present.can_focus = bool(self.values)
        yield present

    @property
    def _example(self) -> str:
        """The placeholder in the empty line; an example above existing values would look like one of them."""
        if self.values:
            return "another one, or enter goes on"
        return f"such as {self.field.placeholder}" if self.field.placeholder else ""

    @property
    def line(self) -> Line:
        """The input."""
        return self.query_one(Line)

    @property
    def typed(self) -> str:
        return self.line.value

    def load(self, field: Field) -> None:
        if field == self.field:
            return
        super().load(field)
        if self.is_mounted:
            present = self.query_one(Present)
            present.values = self.values
            self.line.placeholder = self._example
            present.at = min(present.at, max(0, len(self.values) - 1))
            if not self.values and present.has_focus:
                self.line.focus()
            present.can_focus = bool(self.values)
            present.redraw()

    def refuse(self, sentence: str) -> None:
        self._refused = sentence
        self.show_hint()

    def _verdict_lines(self, width: int) -> Lines:
        pad = " " * LABEL_WIDTH
        typed = self.line.value.strip()
        if self._refused:
            return wrapped(self._refused, width, "$text-error", text(f"{pad}✗ ", "$text-error"), LABEL_WIDTH + 2)
        if not typed and self._told:
            return wrapped(self._told, width, "$text-success", text(f"{pad}+ ", "$text-success"), LABEL_WIDTH + 2)
        if not typed:
            more = "" if self.values else "; once typed, enter adds it"
            return wrapped(f"{self.field.hint}{more}", width, "$foreground-muted", pad, LABEL_WIDTH)
        verdict = self.judge(typed)
        if not verdict.value:
            head = text(f"{pad}  ") + text("enter", "bold $text-accent") + text(" adds ")
            several = len(verdict.kept) > 1
            words = verdict.words if several else "".join(value for value, _, _ in verdict.kept)  # the note says why
            adds = wrapped(words, width, "bold", head, LABEL_WIDTH + 2) if verdict.kept else []
            if several:
                return adds
            return [
                *wrapped(verdict.note, width, "$text-warning", text(f"{pad}✗ ", "$text-error"), LABEL_WIDTH + 2),
                *adds,
            ]
        note = f"{verdict.value}  {verdict.note}" if verdict.value != typed else "enter adds it"
        return wrapped(note, width, "$foreground-muted", text(f"{pad}✓ ", "$text-success"), LABEL_WIDTH + 2)

    def _with(self, *values: str) -> Answer:
        return listed(self.field, (*self.values, *values))

    def pending(self) -> Answer | None:
        typed = self.line.value.strip()
        if not typed:
            return None
        verdict = self.judge(typed)
        if not verdict.kept or verdict.corrected:  # a correction is reported when Enter adds the value, not on leaving
            raise ValueError(verdict.note)
        return self._adding(verdict)

    def _adding(self, *verdicts: EntryVerdict) -> Answer:
        return self._with(*(value for verdict in verdicts for value, _, _ in verdict.kept))

    def on_line_edited(self, event: Line.Edited) -> None:
        """Show what the text would become, and what it would mean."""
        event.stop()
        if event.value:
            self._told = ""
        if event.value:  # the line is emptied when a value is taken; why the Plan refused it is still to be read
            self._refused = ""
        self.show_hint()
        if not event.line.has_focus:
            return
        verdict = self.judge(event.value.strip()) if event.value.strip() else EntryVerdict("")
        self.post_message(Highlighted(self._adding(verdict)) if verdict.kept else Highlighted())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Add it, or use the suggested spelling; an empty line goes on."""
        event.stop()
        typed = event.value.strip()
        if not typed:
            self._go_on()
            return
        verdict = self.judge(typed)
        if verdict.kept:
            self._told = verdict.words
            self.post_message(PlanChange(self._adding(verdict), self))
            self.line.value = ""

    def _go_on(self) -> None:
        """To the other questions about the values, if there are any; else to the next step."""
        fields = list(self.screen.query(FieldWidget))
        later = [field for field in fields[fields.index(self) + 1 :] if field.display]
        target = next((line for field in later for line in field.query("*:can-focus")), None)
        if self.values and target is not None:
            target.focus()
            return
        self.post_message(Advance())

    def on_line_several(self, event: Line.Several) -> None:
        """Several pasted lines are several values; those that are refused stay in the line."""
        event.stop()
        judged = [(part, self.judge(part)) for part in event.parts]
        taken = [verdict for _, verdict in judged if verdict.kept]
        if taken:
            self._told = ", ".join(verdict.words for verdict in taken)
            self.post_message(PlanChange(self._adding(*taken), self))
        left = ", ".join(part for part, verdict in judged if not verdict.kept)
        if left:
            self.line.value = left
            self.line.cursor_position = len(left)

    def remove_value(self, value: str) -> None:
        """Remove a value."""
        kept = [other for other in self.values if other != value]
        if not kept:  # a list without values would not be asked for any more
            self.post_message(FieldWanted(self.field.id))
        self._told = f"{value} was removed; ^z brings it back"
        self.post_message(PlanChange(listed(self.field, kept), self))

    def edit_value(self, value: str) -> None:
        """Remove a value and put it into the line, to be typed again."""
        self.remove_value(value)
        self.line.value = value
        self.line.cursor_position = len(value)
        self.line.focus()
