"""The live pane next to a form: it shows what is under the cursor, compared with the Plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding, BindingType

from wizard import screens
from wizard.screens.page import Page
from wizard.screens.presence import stands
from wizard.session import engine
from wizard.session.steps.flow import step_of_finding
from wizard.session.steps.groups import ASKED
from wizard.session.steps.layers import how, in_words
from wizard.session.steps.progress import title_of
from wizard.session.view import Preview
from wizard.widgets.engine_lines import engine_lines
from wizard.widgets.field import FieldWidget
from wizard.widgets.flow import Flow, Lines, text
from wizard.widgets.messages import Highlighted
from wizard.widgets.pane import Pane
from wizard.widgets.words import marked, underlined

if TYPE_CHECKING:
    from wizard.deployment.finding import Finding
    from wizard.session.session import Session
    from wizard.session.steps.base import Answer, Step
    from wizard.widgets.typed import Line


class PreviewScreen(Page):
    """A page with a form and the live pane. Every Highlighted from a field moves the pane."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f,f5", "fix", "Apply the first fix", id="fix"),
        Binding("f6", "pane", "To the live pane and back", id="pane"),
        Binding("ctrl+t", "turn", "Next tab of the live pane", id="turn"),
        Binding("ctrl+o", "grow", "Larger live pane", id="grow"),
        Binding("question_mark,f1", "help", "What is this?", id="help"),
        Binding("w,f2", "words", "The underlined words", id="words"),
    ]

    def __init__(self, session: Session, step: Step) -> None:
        super().__init__(session)
        self.step = step
        self._looked_at: Answer | None = None
        self.preview = Preview()
        """What the pane shows."""
        self._stale = False
        self._since = 0
        """How many answers there were when the page was opened; 0 = not known yet."""

    @property
    def step_id(self) -> str:
        return self.step.id

    @property
    def page_title(self) -> str:
        return title_of(self.step)

    def how(self) -> Flow:
        """What does what the question asks for, and why."""
        return Flow(self._how_lines, id="how")

    def _how_lines(self, width: int) -> Lines:
        view = self.preview.shown
        lines: Lines = []
        if view is None:
            return lines
        for decision in how(self.step, view.deployment):
            head, reason = in_words(decision, view.deployment)
            lines += marked(reason, width, "$foreground-muted", text(head, "$text-accent"), 2)
        return lines

    def here(self) -> Flow:
        """Which engine and programs are here, as far as it is known."""
        return Flow(self._here_lines, id="here")

    def _here_lines(self, width: int) -> Lines:
        found = engine_lines(engine.said(self.session, both=True), width)
        return [*found, text("")] if found else []

    def engine_known(self) -> None:
        if stands(self):
            self._redraw_if_there("#here")

    def _redraw_if_there(self, selector: str) -> None:
        """Redraw what is not on every page, and not before everything is loaded."""
        for flow in self.query(selector).results(Flow):
            flow.redraw()

    def on_highlighted(self, message: Highlighted) -> None:
        """An answer is looked at: show what Enter does with it and, once the key is displayed, what it would mean."""
        message.stop()
        self._looked_at = message.answer
        self.refresh_pane()
        self.show_keys()

    def on_line_edited(self, event: Line.Edited) -> None:
        """The refused text has changed."""
        if event.line.has_focus and self.said_as == "problem":
            self.say("")

    def show_as_it_is(self) -> None:
        """The answer that was looked at has been given: the pane shows all findings, worst first, instead of what
        would change."""
        self._looked_at, self._since = None, len(self.session.history.entries)
        self.refresh_pane()

    def refresh_pane(self) -> None:
        """Compute the pane once the page has been painted, so that typing never waits for it."""
        if not self._stale:
            self._stale = True
            self.call_after_refresh(self._show_pane)

    def _show_pane(self) -> None:
        self._stale = False
        if stands(self) and self.is_current:
            self.show_pane()

    @property
    def fix_label(self) -> str:
        """The effect of the key that fixes, "" = none."""
        remedy = self.preview.remedy
        return remedy.label if remedy is not None else ""

    def show_pane(self) -> None:
        """Show what the pane has to show now, and name the fix for it."""
        label = self.fix_label
        before, self.preview = self.preview.shown, self._previewed()
        self.query_one(Pane).show(self.preview)
        if self.preview.shown is not before:
            self._redraw_if_there("#how")
        if self.fix_label != label:
            self.show_keys()

    def _asks_about(self, finding: Finding) -> bool:
        return step_of_finding(finding, self.session.steps) == self.step

    @property
    def _early(self) -> bool:
        """Whether the questions about exposure are still to come."""
        return self.step.group in ("start", "model")

    @property
    def _tells_all(self) -> bool:
        """Whether findings about other questions are in full: where all are met first, and where nothing is asked.

        On each page between, the same paragraph would hide what is new.
        """
        return self.step.group == "who" or self.step.group not in ASKED

    def _previewed(self) -> Preview:
        """What the pane shows, including what is collapsed there."""
        return self._compared()._replace(asked_here=self._asks_about, early=self._early)

    def _compared(self) -> Preview:
        """What is looked at; if nothing is, the effect of the answer just given here."""
        if self._looked_at is None and self.session.ready and self._since:
            given = self.session.effect(self._since)
            if given is not None:
                return given
        return self.session.preview(self._looked_at)

    def on_screen_resume(self) -> None:
        """From now on, answers are given here."""
        self._since = len(self.session.history.entries) if self.session.ready else 0

    def action_fix(self) -> None:
        """Apply the first fix of what the pane shows."""
        preview = self._previewed()
        problem = self.session.fix(preview, self.step.id)
        if problem:
            self.say(problem)
            return
        self._looked_at = None
        self.tell(f"{self.session.history.now.label}: done")

    def action_pane(self) -> None:
        """To the pane, or back to the form."""
        if self.has_class("-solo"):
            return
        if self.focused and self.focused.id == "pane-body":
            self.query_one("#form").query("*:can-focus").first().focus()
        else:
            self.query_one("#pane-body").focus()

    def action_turn(self) -> None:
        """The next tab of the pane."""
        self.query_one(Pane).turn(1)

    def action_grow(self) -> None:
        """Give the pane more room, or the normal size again."""
        self.toggle_class("-pane-large")

    def action_help(self) -> None:
        """Explain the focused thing."""
        widgets = self.focused.ancestors_with_self if self.focused else ()
        widget = next((w for w in widgets if isinstance(w, FieldWidget)), None)
        field, option = (widget.field, widget.option) if widget else (None, None)
        self.app.push_screen(screens.help.HelpScreen(self.step, field, option, self.preview.shown))

    def action_words(self) -> None:
        """Explain the underlined terms here, those of the pane first."""
        found = [flow for name in ("#pane-lines", "#help", "#how") for flow in self.query(name).results(Flow)]
        self.app.push_screen(
            screens.glossary.GlossaryScreen(
                underlined([line for flow in found if flow.display for line in flow.shown_lines])
            )
        )
