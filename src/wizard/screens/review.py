"""The Review step: everything in one paragraph, what cannot work, what must be confirmed, and the command."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from wizard.exposure.importance import present
from wizard.exposure.summary import command, paragraph
from wizard.screens.base import StepScreen
from wizard.session import there
from wizard.session.steps.base import Answer, Field
from wizard.widgets.flow import Flow, Lines, severity_head, text, wrapped
from wizard.widgets.hints import KeyHint
from wizard.widgets.implications import full, implications
from wizard.widgets.next_line import NextLine
from wizard.widgets.overview_lines import unlike
from wizard.widgets.pane import Pane
from wizard.widgets.typed import Line, Typed

if TYPE_CHECKING:
    from wizard.exposure.findings.facts import Confirmable
    from wizard.session.session import Session


class Confirmation(Typed):
    """A dangerous fact; typing its word accepts each of its findings for the APIs it names, as in the report."""

    def __init__(self, session: Session, fact: Confirmable) -> None:
        self.session = session
        self.fact = fact
        field = Field(
            "accept-" + "-".join(name.replace("@", "-") for name in fact.names),
            "text",
            "Accept",
            f"type {fact.word} to accept this knowingly",
            key="accepted",
            topic=fact.finding.id,
        )
        super().__init__(field)

    def compose(self) -> ComposeResult:
        yield Flow(self._sentences)
        yield from super().compose()

    def _sentences(self, width: int) -> Lines:
        """The fact; if it has several parts, what each of them means."""
        lines = wrapped(self.fact.sentence, width, "bold", severity_head(self.fact.finding.severity), 2)
        for side in self.fact.sides if len(self.fact.sides) > 1 else ():
            lines += wrapped(side.sentence, width, "$foreground-muted", "  · ", 4)
        return lines

    def answer(self, value: str) -> Answer:
        return self.session.acceptance(self.fact, value)

    def peek(self, value: str) -> None:
        """Accepting changes nothing that the pane could show."""

    def on_mount(self) -> None:
        """Its line exists now: move the focus to it from the line that leads on."""
        if isinstance(self.screen, ReviewScreen) and isinstance(self.screen.focused, NextLine):
            self.screen.focus_first()


class ReviewScreen(StepScreen):
    """Goes on only when nothing is broken and everything dangerous was confirmed."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", "Copy the command", id="copy-command")]

    def to_copy(self) -> str:
        return " ".join(command(self.session.plan, "DIR"))

    def compose_form(self) -> ComposeResult:
        yield Flow(self._paragraph, id="paragraph")
        yield Flow(self._broken, id="broken")
        for fact in self._to_confirm():
            yield Confirmation(self.session, fact)
        yield Flow(self._confirmed, id="confirmed")
        yield Flow(self._there, id="there")
        yield Flow(self._command, id="command")

    def keys_here(self) -> tuple[KeyHint, ...]:
        """There is no rest any more whose proposals could be taken."""
        return tuple(hint for hint in super().keys_here() if hint.on != "overview")

    def on_mount(self) -> None:
        """Where there is room beside the text and nothing is to be changed, who gets in stands there."""
        groups = present(self.session.view.folded) if self.session.ready and self.has_class("-wide") else None
        if groups and not (groups.missed or groups.unanswered or groups.chosen):
            self.query_one(Pane).show_tab("Reach")

    def _to_confirm(self) -> tuple[Confirmable, ...]:
        """What is asked now: nothing while something cannot work, because fixing it may change everything."""
        return () if self.session.broken else self.session.waiting

    def commit_fields(self) -> bool:
        """Accept what was typed; a word of several is progress, and the next line takes the next word."""
        before = len(self._to_confirm())
        accepted = super().commit_fields()
        left = len(self._to_confirm())
        if not accepted or not 0 < left < before:
            return accepted
        self.show_as_it_is()
        self.tell(f"Accepted. {left} more to confirm.")
        self.focus_first()
        return False

    def show_plan(self) -> None:
        for name in ("paragraph", "broken", "confirmed", "there", "command"):
            self.query_one(f"#{name}", Flow).redraw()
        open_ones = {fact.names: fact for fact in self._to_confirm()}
        for widget in self.query(Confirmation):
            if widget.fact.names in open_ones:
                del open_ones[widget.fact.names]
            else:
                widget.remove()
        for fact in open_ones.values():
            self.query_one("#form").mount(Confirmation(self.session, fact), before="#confirmed")
        # What was accepted leaves the page, and takes its place with it.
        self.call_after_refresh(self._keep_in_view)

    def _keep_in_view(self) -> None:
        if isinstance(self.focused, NextLine):
            self.focus_first()
        elif self.focused is not None:
            self.scroll_to_center(self.focused)

    def focus_first(self) -> None:
        """Go to the first line that waits for its word; a line that is still being made gets the focus later."""
        waiting = {fact.names for fact in self._to_confirm()}
        for widget in self.query(Confirmation):
            # One that was just accepted is still there for a moment, and keys typed into it would be lost.
            if widget.fact.names in waiting and widget.query(Line):
                widget.line.focus()
                return

    def say(self, problem: str) -> None:
        super().say(problem)
        if problem:
            self.focus_first()

    def _paragraph(self, width: int) -> Lines:
        return [*wrapped(paragraph(self.session.view.deployment), width), text("")]

    def _there(self, width: int) -> Lines:
        """What was there before, compared with what will be there, and which settings have no answer."""
        comparison = there.compared(self.session)
        lines: Lines = []
        if comparison is not None and comparison.nothing:
            lines += wrapped("Compared with what was there: the same.", width, "$foreground-muted")
        elif comparison is not None:
            lines += implications(comparison, "Compared with what was there:", width, False, True)
        for each in there.unlike(self.session):
            lines += unlike(each, width)
        return [*lines, text("")] if lines else []

    def _broken(self, width: int) -> Lines:
        lines: Lines = []
        for folded in self.session.view.folded:
            if folded.finding.severity == "functional":
                lines += [*full(folded, width), text("")]
        if lines and self.session.waiting:
            lines += wrapped("What has to be confirmed is asked once this works.", width, "$foreground-muted")
            lines.append(text(""))
        return lines

    def _confirmed(self, width: int) -> Lines:
        lines: Lines = []
        for folded in self.session.accepted:
            lines += wrapped(
                f"Accepted by you: {folded.sentence}", width, "", severity_head(folded.finding.severity), 2
            )
        return [*lines, text("")] if lines else []

    def _command(self, width: int) -> Lines:
        parts = command(self.session.plan, "DIR")
        lines = [text("The same without the wizard (y copies it):", "$foreground-muted")]
        for number, part in enumerate(parts):
            end = " \\" if number < len(parts) - 1 else ""
            lines += wrapped(f"{part}{end}", width, "$text-secondary", "  " if number == 0 else "    ", 6)
        return lines
