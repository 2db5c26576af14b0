"""The line at the top, the list of steps, and the line of keys."""

from __future__ import annotations

from typing import Literal

from textual import events
from textual.content import Content

from wizard.session.steps.progress import RailEntry, State
from wizard.widgets.flow import GAIN, Flow, Lines, clipped, text, wrapped
from wizard.widgets.hints import KeyHint, bound
from wizard.widgets.words import marked

_MARKS: dict[State, tuple[str, str]] = {
    "done": ("✓", "$text-success"),
    "current": ("▸", "bold $primary"),
    "todo": (" ", "$foreground-muted"),
    "problem": ("✗", "$text-error"),
}


class TopBar(Flow):
    """The program's name, what is being set up, and whether the draft is saved."""

    DEFAULT_CSS = "TopBar { height: 1; dock: top; background: $panel; padding: 0 1; }"
    left = ""
    right = ""

    def show(self, left: str, right: str) -> None:
        """Set both ends."""
        if (left, right) != (self.left, self.right):
            self.left, self.right = left, right
            self.redraw()

    def build(self, width: int) -> Lines:
        head = text("Serving Wizard", "bold $primary") + text(f"   {self.left}")
        right = text(self.right, "$foreground-muted")
        room = width - right.cell_length - 2
        if room < head.cell_length:
            return [clipped(head, width)]
        return [head.extend_right(width - head.cell_length - right.cell_length) + right]


class Rail(Flow):
    """The steps with their state; a single line if there is no room for a list."""

    entries: tuple[RailEntry, ...] = ()
    short = ""

    def show(self, entries: tuple[RailEntry, ...], short: str) -> None:
        """Set the list, and the single line that replaces it."""
        if (entries, short) != (self.entries, self.short):
            self.entries, self.short = entries, short
            self.redraw()

    def build(self, width: int) -> Lines:
        if self.screen.has_class("-narrow"):
            return [clipped(text(self.short, "$foreground-muted"), width)]
        found: Lines = []
        for entry in self.entries:
            mark, style = _MARKS[entry.state]
            indent = "   " if entry.part else " "
            title_style = "bold" if entry.state == "current" else "" if entry.state == "done" else style
            found.append(clipped(text(indent) + text(f"{mark} ", style) + text(entry.title, title_style), width))
        return found

    async def on_click(self, event: object) -> None:
        """Go to the clicked step."""
        y = getattr(event, "y", -1)
        if not self.screen.has_class("-narrow") and 0 <= y < len(self.entries):
            await self.run_action(f"screen.go({self.entries[y].step_id!r})")


def fitting(width: int, *variants: str) -> str:
    """The first of several texts that fits, else the last."""
    return next((words for words in variants if len(words) <= width), variants[-1])


Tone = Literal["problem", "done", "wait"]
"""What the text is that replaces the keys: a problem, a report of what was done, or of what is under way."""


class KeyBar(Flow):
    """The keys that work here; a problem, or what was just done, replaces them until the next key."""

    DEFAULT_CSS = "KeyBar { height: 1; dock: bottom; background: $panel; padding: 0 1; }"
    hints: tuple[KeyHint, ...] = ()
    problem = ""
    tone: Tone = "problem"
    _drawn: tuple[tuple[int, int, str], ...] = ()
    """(first cell, cell after the last, key) of each hint that is shown."""

    def show(self, hints: tuple[KeyHint, ...], problem: str = "", tone: Tone = "problem") -> None:
        """Set the keys that work where the focus is, and the text that replaces them."""
        hints = bound(hints, self.screen)
        if (hints, problem, tone) != (self.hints, self.problem, self.tone):
            self.hints, self.problem, self.tone = hints, problem, tone
            self.redraw()

    def build(self, width: int) -> Lines:
        if self.problem and self.tone == "wait":
            return [clipped(text(f"● {self.problem}", "$text-accent"), width)]
        if self.problem and self.tone == "done":
            return [self._done(text(f"{GAIN} {self.problem}", "$text-success"), width)]
        if self.problem:
            return [clipped(text(f"✗ {self.problem}", "bold $text-error"), width)]
        line = text("")
        # Whole words without what is rarely needed come before short words with all of it.
        for gap, brief, kept in ((3, False, 2), (2, True, 0)):
            spare = sorted((hint for hint in self.hints if hint.droppable > kept), key=lambda hint: -hint.droppable)
            for gone in range(len(spare) + 1):
                shown = [hint for hint in self.hints if hint not in spare[:gone]]
                line = self._line(shown, gap, brief)
                self._drawn = self._places(shown, gap, brief)
                if line.cell_length <= width:
                    return [line]
        return [clipped(line, width)]

    def _done(self, words: Content, width: int) -> Content:
        """What was just done, and as many of the keys as fit next to it."""
        start = words.cell_length + 3
        shown: list[KeyHint] = []
        for hint in sorted(self.hints, key=lambda hint: hint.droppable):
            if start + self._line([*shown, hint], 2, True).cell_length <= width:
                shown.append(hint)
        shown = [hint for hint in self.hints if hint in shown]
        self._drawn = self._places(shown, 2, True, start)
        return clipped(words + text("   ") + self._line(shown, 2, True), width) if shown else clipped(words, width)

    @staticmethod
    def _places(hints: list[KeyHint], gap: int, brief: bool, at: int = 0) -> tuple[tuple[int, int, str], ...]:
        found = []
        for hint in hints:
            end = at + hint.drawn(brief).cell_length
            found.append((at, end, hint.key))
            at = end + gap
        return tuple(found)

    def on_click(self, event: events.Click) -> None:
        """Clicking a hint presses its key."""
        at = event.get_content_offset(self)
        key = next((key for first, end, key in self._drawn if at is not None and first <= at.x < end), "")
        if key and (self.tone == "done" or not self.problem):
            self.app.simulate_key(key)

    @staticmethod
    def _line(hints: list[KeyHint], gap: int, brief: bool) -> Content:
        return text(" " * gap).join(hint.drawn(brief) for hint in hints)


class Question(Flow):
    """The question, above what scrolls."""

    def __init__(self, question: str) -> None:
        super().__init__(lambda width: wrapped(question, width, "bold $primary"), id="question")


class QuestionHelp(Flow):
    """What the question is about; hidden if there is no room for it."""

    def __init__(self, help_text: str, underlines: bool) -> None:
        """`underlines`: whether glossary words are underlined; the glossary is not loaded for the very first screen."""
        super().__init__(id="help")
        self._words = help_text
        self._drawn = marked if underlines else wrapped

    def build(self, width: int) -> Lines:
        if not self._words or self.screen.has_class("-short"):
            return []
        return self._drawn(self._words, width, "$foreground-muted")
