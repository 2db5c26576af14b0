"""The live pane beside a form: it shows what is under the cursor, compared with the Plan."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.binding import Binding, BindingType
from textual.screen import Screen

from wizard.screens.presence import stands
from wizard.widgets.flow import Flow, Lines, text
from wizard.widgets.messages import Peek
from wizard.widgets.pane import Pane
from wizard.widgets.words import marked

if TYPE_CHECKING:
    from wizard.app import WizardApp
    from wizard.exposure.comparison import Comparison, View
    from wizard.session.steps.base import Changes, Step


class LookingScreen(Screen[None]):
    """A screen with a form and the live pane. Every Peek from a field moves the pane."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f,f5", "fix", "Apply the first fix", id="fix"),
        Binding("f6", "pane", "To the live pane and back", id="pane"),
        Binding("ctrl+t", "turn", "Next tab of the live pane", id="turn"),
        Binding("ctrl+o", "grow", "Larger live pane", id="grow"),
    ]

    def __init__(self, step: Step) -> None:
        super().__init__()
        self.step = step
        self._peek: tuple[Changes, str] | None = None
        self._after: View | None = None
        self._stale = False

    @property
    def wizard(self) -> WizardApp:
        """The app that holds the Plan."""
        return cast("WizardApp", self.app)

    def say(self, problem: str) -> None:
        """Show a problem in place of the keys."""
        raise NotImplementedError

    def _how_lines(self, width: int) -> Lines:
        from wizard.session.steps.how import how, in_words

        view = self.shown_view
        lines: Lines = []
        for decision in how(self.step, view.deployment) if view else ():
            head, reason = in_words(decision)
            lines += marked(reason, width, "$foreground-muted", text(head, "$text-accent"), 2)
        return lines

    @property
    def shown_view(self) -> View | None:
        """The view of what is looked at, else of the Plan."""
        return self._after or (self.wizard.view_of(self.wizard.plan) if self.wizard.plan else None)

    def on_peek(self, message: Peek) -> None:
        """An answer is looked at: show what it would mean, after the key itself was shown."""
        message.stop()
        self._peek = (message.changes, message.label) if message.changes is not None else None
        self.refresh_pane()

    def refresh_pane(self) -> None:
        """Compute the pane once the screen has been painted, so that typing never waits for it."""
        if not self._stale:
            self._stale = True
            self.call_after_refresh(self._show_pane)

    def _show_pane(self) -> None:
        self._stale = False
        if stands(self) and self.is_current:
            self.show_pane()

    def show_pane(self) -> None:
        """Show what the pane has to show now."""
        before = self.shown_view
        shown = self._views()
        self.query_one(Pane).show(*shown)
        self._after = shown[1]
        if self.shown_view is not before:
            self.query_one("#how", Flow).redraw()

    def _views(self) -> tuple[View | None, View | None, Comparison | None, str, str]:
        """What the pane shows: the Plan, what is looked at, the difference, its name, and why there is none."""
        plan = self.wizard.plan
        if plan is None:
            return None, None, None, "", ""
        view = self.wizard.view_of(plan)
        if self._peek is None:
            return view, None, None, "", ""
        from wizard.exposure.comparison import compare

        changes, label = self._peek
        candidate, problem = self.wizard.candidate(changes)
        if candidate is None:
            return view, None, None, "", problem
        after = self.wizard.view_of(candidate)
        return view, after, compare(view, after), label, ""

    def action_fix(self) -> None:
        """Apply the first remedy of what the pane shows."""
        view, after, comparison, label, _ = self._views()
        if view is None:
            return
        found = [c.finding for c in comparison.losses if c.finding] if comparison is not None else list(view.findings)
        remedy = next((r for finding in found for r in finding.remedies), None)
        if remedy is None:
            self.say("Nothing here has a ready fix.")
            return
        first = self._peek[0] if self._peek and after else ()
        name = f"{label} + {remedy.label}" if first else remedy.label
        problem = self.wizard.propose((*first, *remedy.patch), name)
        self._peek = None
        if problem:
            self.say(problem)
        else:
            self.notify(name, title="Fixed", timeout=3)

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
        """Give the pane more room, or the usual."""
        self.toggle_class("-pane-large")
