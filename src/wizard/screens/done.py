"""The Done step: what was written, how to start it, how to do it again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from wizard.exposure.importance import present
from wizard.machine import tokens
from wizard.screens.base import StepScreen
from wizard.screens.key_hints import READING
from wizard.session import ending
from wizard.widgets.flow import Flow, Lines, text, wrapped
from wizard.widgets.hints import KeyHint
from wizard.widgets.implications import short

if TYPE_CHECKING:
    from wizard.session.ending import Ending


class DoneScreen(StepScreen):
    """The last page; Enter leaves. A new token is shown here once, and is gone when the page is left."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy the request", id="copy-request"),
        Binding("t", "try", "Try it now", id="try"),
    ]
    _tokens: dict[str, str]

    def compose(self) -> ComposeResult:
        self._take_tokens()
        self.add_class("-solo")
        yield from super().compose()

    def _take_tokens(self) -> None:
        outcome = self.session.outcome
        self._tokens = tokens.reveal(outcome.target, outcome.new_tokens) if outcome else {}
        if outcome and self._tokens:
            self.session.outcome = replace(outcome, new_tokens=())

    def on_screen_suspend(self) -> None:
        """The user goes to another step: what was to be seen once has been seen."""
        if self._tokens and not self.app.screen.is_modal:
            self._tokens = {}
            self.query_one("#last", Flow).redraw()

    def compose_form(self) -> ComposeResult:
        yield Flow(self._lines, id="last")

    def keys_here(self) -> tuple[KeyHint, ...]:
        copy = (KeyHint("copy-request", "copy curl", short="copy"),) if self.to_copy() else ()
        return (*READING[:2], KeyHint("try", "try it"), *copy, *READING[2:])

    def action_try(self) -> None:
        """Start a trial of these answers at once."""
        self.face.open_trial()

    def to_copy(self) -> str:
        outcome = self.session.outcome
        return outcome.ending.request if outcome and outcome.ending else ""

    def next_words(self) -> str:
        return "Leave"

    def _lines(self, width: int) -> Lines:
        outcome = self.session.outcome
        if outcome is None:
            return wrapped(
                "Nothing has been written yet. Esc goes back to the page that writes the files.", width, "$text-warning"
            )
        head = text("✓ ", "bold $text-success")
        lines = wrapped(f"{len(outcome.written)} files in {outcome.target}", width, "bold", head, 2)
        if not self.session.up_to_date:
            changed = "The answers have changed since. Esc goes back; writing again brings the files up to date."
            lines += wrapped(changed, width, "$text-warning", "  ", 2)
        lines += wrapped(ending.READ_FIRST, width, "", "  ", 2)
        for remark in outcome.to_say:
            lines += wrapped(remark, width, "$foreground-muted", "  ", 2)
        lines += self._missed_lines(width)
        lines += self._token_lines(width)
        if outcome.ending is not None:
            lines += self._ending_lines(outcome.ending, width)
        lines += [
            text(""),
            text("Change something", "bold $primary"),
            *wrapped(ending.change(outcome.target), width, "$text-secondary", "  ", 4),
        ]
        return lines

    def _missed_lines(self, width: int) -> Lines:
        """Wishes that are not granted: anyone who leaves now should know about them."""
        groups = present(self.session.view.folded)
        missed = (*groups.missed, *groups.unanswered)
        lines: Lines = [text("")] if missed else []
        for each in missed:
            lines += short(each, width, tight=False)
            lines += wrapped(each.finding.instead, width, "", "  → ", 4)
        return lines

    def _ending_lines(self, found: Ending, width: int) -> Lines:
        lines: Lines = [text("")]
        if found.url:
            lines += wrapped(found.url, width, "bold", text(f"{'Answers at':<15}", "bold $primary"), 15)
        if found.note:
            lines += wrapped(found.note, width, "$text-warning", "  ", 2)
        for title, command in found.commands:
            lines += wrapped(command, width, "$text-secondary", text(f"{title:<15}", "bold $primary"), 15)
        if found.request:
            lines += [text(""), text("The same request by hand", "bold $primary")]
            lines += wrapped(found.request, width, "$text-secondary", "  ", 4)
        return lines

    def _token_lines(self, width: int) -> Lines:
        lines: Lines = []
        for path, token in self._tokens.items():
            lines += [text(""), *wrapped("New token, shown this once", width, "bold $text-warning")]
            lines += wrapped(token, width, "bold $text-secondary", "  ", 2)
            lines += wrapped(f"Kept in {path}, which only you can read.", width, "$foreground-muted", "  ", 2)
        return lines

    def action_next(self) -> None:
        self.face.leave()
