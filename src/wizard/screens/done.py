"""The Done step: what was written, how to start it, how to do it again."""

from __future__ import annotations

from textual.app import ComposeResult

from wizard.screens.base import StepScreen
from wizard.widgets.flow import Flow, Lines, text, wrapped


class DoneScreen(StepScreen):
    """The last words; Enter leaves."""

    def compose_form(self) -> ComposeResult:
        yield Flow(self._lines)

    def next_words(self) -> str:
        return "Leave"

    def _lines(self, width: int) -> Lines:
        outcome = self.wizard.outcome
        if outcome is None:
            return wrapped("Nothing was written. Go back to Write to do so.", width, "$text-warning")
        head = text("✓ ", "bold $text-success")
        lines = wrapped(f"{len(outcome.written)} files in {outcome.target}", width, "bold", head, 2)
        lines += wrapped("Read EXPOSURE.md there first: who can reach what, and how to call it.", width, "", "  ", 2)
        for title, command in zip(("Start it", "Try it again"), outcome.commands, strict=False):
            lines += [text(""), text(title, "bold $primary"), *wrapped(command, width, "$text-secondary", "  ", 4)]
        change = f"serving-wizard {outcome.target}"
        lines += [
            text(""),
            text("Change something", "bold $primary"),
            *wrapped(change, width, "$text-secondary", "  ", 4),
        ]
        return lines

    def action_next(self) -> None:
        self.wizard.action_leave()
