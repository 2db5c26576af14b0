"""The application: one immutable Plan, its history, and which step is on the screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen

from wizard.errors import WizardError
from wizard.screens import open_step
from wizard.screens.base import StepScreen
from wizard.steps import flow, following, place, start_step
from wizard.widgets import themes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from wizard.compare import View
    from wizard.history import History
    from wizard.host import Host
    from wizard.plan import Plan
    from wizard.steps.base import Changes, Step
    from wizard.widgets.messages import PlanChange


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a finished run leaves behind, for the last words in the terminal."""

    plan: Plan
    target: Path | None
    """Where files were written; None = none were."""
    written: tuple[str, ...] = ()
    """Paths relative to the target."""


class Loaded(Message):
    """Everything that is not needed for the first screen is there."""

    def __init__(self, history: History, host: Host) -> None:
        super().__init__()
        self.history = history
        self.host = host


class WizardApp(App["Outcome | None"]):
    """Holds the Plan; screens read it and propose changes, this class alone sets it."""

    TITLE = "Serving Wizard"
    CSS_PATH = "app.tcss"
    ENABLE_COMMAND_PALETTE = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Quit, keeping a draft", id="quit", priority=True),
        Binding("u,ctrl+z", "undo", "Undo", id="undo"),
        Binding("ctrl+y", "redo", "Redo", id="redo"),
        Binding("ctrl+g", "history", "History of answers", id="history"),
    ]
    plan: reactive[Plan | None] = reactive(None, init=False)

    def __init__(self, plan: Plan | None = None, *, source: Path | None = None, demo: bool = False) -> None:
        super().__init__()
        self.source = source
        self.demo = demo
        self.host: Host | None = None
        self.history: History | None = None
        self.visited: set[str] = set()
        self.target: Path | None = None
        self.written: tuple[str, ...] = ()
        self._given = plan
        self._views: list[tuple[Plan, Host, View]] = []

    def on_mount(self) -> None:
        """Show the first step at once; load the rest behind it."""
        themes.use(self)
        self.push_screen(open_step(start_step()))
        self.call_after_refresh(self._load)

    @work(thread=True, exit_on_error=True)
    def _load(self) -> None:
        from wizard.loading import begin

        self.post_message(Loaded(*begin(self._given)))

    def on_loaded(self, message: Loaded) -> None:
        """From now on there is a Plan."""
        self.host = message.host
        self.history = message.history
        self.plan = message.history.now.plan

    def watch_plan(self) -> None:
        """Tell the screen that is shown; the others look when they are shown again."""
        if isinstance(self.screen, StepScreen):
            self.screen.plan_changed()

    @property
    def complete_plan(self) -> Plan | None:
        """The Plan with defaults filled in, as the questions show it."""
        view = self.view_of(self.plan) if self.plan else None
        return view.deployment.plan if view else None

    def view_of(self, plan: Plan) -> View:
        """Everything shown about a Plan; the last few are kept, for a cursor moves back and forth."""
        from wizard.compare import look
        from wizard.host import Host

        host = self.host or Host()
        for known, where, view in self._views:
            if known is plan and where is host:
                return view
        view = look(plan, host)
        self._views = [(plan, host, view), *self._views[:7]]
        return view

    def candidate(self, changes: Changes) -> tuple[Plan | None, str]:
        """The Plan after a change, checked as far as it would be shown; or None and a sentence why not."""
        from wizard.steps import try_changes

        if self.plan is None:
            return None, "One moment: still loading."
        plan, problem = try_changes(self.plan, changes)
        if plan is not None:
            try:
                self.view_of(plan)
            except WizardError as error:
                return None, error.title
            except ModuleNotFoundError as error:
                return None, f"This part of the program is missing: {error.name}."
        return plan, problem

    def propose(self, changes: Changes, label: str) -> str:
        """Set a change of the Plan, or say in one sentence why it cannot stand."""
        plan, problem = self.candidate(changes)
        if plan is None or self.history is None:
            return problem
        if plan != self.plan:
            step_id = self.screen.step.id if isinstance(self.screen, StepScreen) else ""
            settled = () if step_id == "who" else tuple(key for key, _ in changes)
            self.history = self.history.add(plan, label, step_id, settled)
            self.plan = plan
        return ""

    def on_plan_change(self, message: PlanChange) -> None:
        """The one message that changes the Plan."""
        problem = self.propose(message.changes, message.label)
        if message.field is not None:
            message.field.refuse(problem)
        if problem and isinstance(self.screen, StepScreen):
            self.screen.say(problem)

    def go_to(self, step: Step) -> None:
        """Show a step: back to it where it is open already, else on top of what is open."""
        stack = [s for s in self.screen_stack if isinstance(s, StepScreen)]
        known = next((i for i, screen in enumerate(stack) if screen.step.id == step.id), None)
        if known is None:
            self.push_screen(open_step(step))
            return
        while isinstance(self.screen, StepScreen) and self.screen is not stack[known]:
            self.pop_screen()

    def after(self, step: Step) -> Step | None:
        """The step that comes next."""
        return following(flow(self.complete_plan), step.id)

    def _move(self, history: History, verb: str) -> None:
        if history is self.history or self.history is None or history == self.history:
            return
        label = self.history.now.label if verb == "Undone" else history.now.label
        self.history = history
        self.plan = history.now.plan
        if isinstance(self.screen, StepScreen):
            steps = flow(self.complete_plan)
            if self.screen.step.id not in {step.id for step in steps}:
                self.go_to(steps[place(steps, self.screen.step.id)])
            self.notify(f"{verb}: {label}", timeout=3)

    def action_undo(self) -> None:
        """Take back the last answer."""
        if self.history:
            self._move(self.history.undo(), "Undone")

    def action_redo(self) -> None:
        """Put the answer again that was taken back last."""
        if self.history:
            self._move(self.history.redo(), "Done again")

    def action_history(self) -> None:
        """Show every answer given so far."""
        from wizard.screens.history import HistoryScreen

        def chosen(at: int | None) -> None:
            if at is not None and self.history:
                self._move(self.history.go(at), "Now at")

        if self.history:
            self.push_screen(HistoryScreen(self.history), chosen)

    def action_leave(self) -> None:
        """Quit; what was written is told in the terminal."""
        self.finish()

    def finish(self) -> None:
        """End the run with what was written."""
        wrote = self.plan is not None and self.target is not None
        self.exit(Outcome(self.plan, self.target, self.written) if self.plan and wrote else None)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every step and every action."""
        for step in flow(self.complete_plan if self.plan else None):
            title = step.title if step.group == step.id else f"{step.group}: {step.title}"
            yield SystemCommand(f"Go to {title}", step.question, lambda step=step: self.go_to(step))
        yield SystemCommand("Undo", "Take back the last answer", self.action_undo)
        yield SystemCommand("Redo", "Put it again", self.action_redo)
        yield SystemCommand("History", "Every answer given so far", self.action_history)
        yield SystemCommand("Theme", "Light, dark and others", self.action_change_theme)
        yield SystemCommand("Quit", "Leave, keeping a draft", self.action_leave)


def run(plan: Plan | None, *, source: Path | None, demo: bool) -> Outcome | None:
    """Run the wizard. Returns what was written, or None when it was left before anything was.

    `plan`: answers to begin with; `source`: the file they came from; `demo`: begin with a bundled sample model.
    """
    return WizardApp(plan, source=source, demo=demo).run()
