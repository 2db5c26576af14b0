"""The application: one immutable Plan, its history, and which step is on the screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen

from wizard.errors import ExitCode, WizardError
from wizard.screens import open_step
from wizard.screens.autosave import Keeper
from wizard.screens.base import StepScreen
from wizard.session.steps import flow, place, start_step
from wizard.session.steps.start import DEFAULT_SERVER
from wizard.widgets import themes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.command import Provider

    from wizard.exposure.comparison import View
    from wizard.exposure.findings import Finding
    from wizard.host import Host
    from wizard.models.report import ModelReport
    from wizard.plan import Plan
    from wizard.session.beginning import Beginning
    from wizard.session.history import History
    from wizard.session.steps.base import Changes, Step
    from wizard.session.written import Outcome
    from wizard.widgets.messages import PlanChange


class Loaded(Message):
    """Everything that the first screen does not need is there."""

    def __init__(self, beginning: Beginning) -> None:
        super().__init__()
        self.beginning = beginning


def _topics() -> type[Provider]:
    from wizard.screens.palette import Topics

    return Topics


class WizardApp(App["Outcome | None"]):
    """Holds the Plan; screens read it and propose changes, this class alone sets it."""

    TITLE = "Serving Wizard"
    CSS_PATH = "app.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012
    COMMANDS = App.COMMANDS | {_topics}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Quit, keeping a draft", id="quit", priority=True),
        Binding("u,ctrl+z", "undo", "Undo", id="undo"),
        Binding("ctrl+y", "redo", "Redo", id="redo"),
        Binding("ctrl+g", "history", "History of answers", id="history"),
    ]
    plan: reactive[Plan | None] = reactive(None, init=False)

    def __init__(
        self, plan: Plan | None = None, *, source: Path | None = None, demo: str = "", drafts: bool = False
    ) -> None:
        super().__init__()
        themes.use(self)
        self.source = source
        self.demo = demo
        self.host: Host | None = None
        self.history: History | None = None
        self.base = Path()
        self.reports: dict[tuple[str, str], ModelReport] = {}
        self.visited: set[str] = set()
        self.left_over: dict[tuple[str, str], str] = {}
        """(step, field) -> what was typed there and cannot stand."""
        self.outcome: Outcome | None = None
        self.keeper = Keeper(self, drafts)
        self._given = plan
        self._resuming = False
        self._loading = False
        self._early: list[PlanChange] = []
        self._views: list[tuple[Plan, View]] = []

    def get_default_screen(self) -> StepScreen:
        """The first step is what there is from the beginning."""
        return open_step(start_step())

    def on_mount(self) -> None:
        """Paint first; what the answers given to begin with need is loaded after that."""
        if self._given is not None or self.demo:
            self.screen.call_after_refresh(self.load)

    def watch_app_focus(self, focus: bool) -> None:
        """A window that was away when the first step opened (a browser's always is) comes back to a question."""
        if focus and self.screen.focused is None:
            self.screen.focus_next(self.screen.AUTO_FOCUS or "*")

    @property
    def first_server(self) -> str:
        """The server that is chosen before anything is loaded."""
        return self._given.server if self._given else self.demo or DEFAULT_SERVER

    async def on_event(self, event: events.Event) -> None:
        """Load behind the first key or click: an untouched wizard stays light."""
        if not self._loading and isinstance(event, (events.Key, events.MouseDown)):
            self.load()
        await super().on_event(event)

    def load(self) -> None:
        """Load what the first screen does not need, once."""
        if not self._loading:
            self._loading = True
            self._load()

    @work(thread=True)
    def _load(self) -> None:
        from wizard.help.glossary import mentions
        from wizard.servers.sample import sample_plan
        from wizard.session.beginning import begin

        mentions("")  # the words that the next screens underline
        given = sample_plan(self.demo) if self.demo else self._given
        self.post_message(Loaded(begin(given, self.source)))

    def on_loaded(self, message: Loaded) -> None:
        """From now on there is a Plan; answers given meanwhile are set."""
        beginning = message.beginning
        self.host, self.base = beginning.host, beginning.base
        self.reports.update(beginning.reports)
        self.history = beginning.history
        self.plan = beginning.history.now.plan
        early, self._early = self._early, []
        for change in early:
            self.on_plan_change(change)
        if self._resuming:
            self.resume_draft()

    def resume_draft(self) -> None:
        """Put the answers that an earlier run left, as one answer that can be taken back."""
        draft = self.keeper.offered
        if draft is None:
            return
        self._resuming = self.plan is None
        if self.history is None:
            self.load()
            return
        self.keeper.offered = None
        from wizard.exposure.findings.acceptance import in_full

        try:
            plan = in_full(draft.plan(), self.host)
            self.view_of(plan)
        except (ValueError, WizardError):
            self.notify("This version cannot read that draft.", severity="warning")
            self.watch_plan()
            return
        self.base = draft.base
        self.reports.clear()
        self.history = self.history.add(plan, f"the draft of {draft.day()}", "start")
        self.plan = plan
        self.watch_plan()

    def watch_plan(self) -> None:
        """Tell the screen that is shown; the others look when they are shown again."""
        self.keeper.changed()
        if isinstance(self.screen, StepScreen):
            self.screen.plan_changed()

    def add_report(self, path: str, server: str, report: ModelReport) -> None:
        """A model path was looked into: what was found counts from now on."""
        if self.reports.get((path, server)) != report:
            self.reports[(path, server)] = report
            self._views.clear()
            if isinstance(self.screen, StepScreen):
                self.screen.refresh_pane()

    @property
    def complete_plan(self) -> Plan | None:
        """The Plan with defaults filled in, as the questions show it."""
        return self.view_of(self.plan).deployment.plan if self.plan else None

    def view_of(self, plan: Plan) -> View:
        """Everything shown about a Plan; the last few are kept, for a cursor moves back and forth.

        Raises WizardError for a Plan that cannot be resolved at all.
        """
        from wizard.exposure.comparison import look
        from wizard.host import Host

        known = next((view for seen, view in self._views if seen is plan or seen == plan), None)
        if known is not None:
            return known
        view = look(plan, self.host or Host(), self._model_findings(plan))
        self._views = [(plan, view), *self._views[:7]]
        return view

    def _model_findings(self, plan: Plan) -> tuple[Finding, ...]:
        found = {
            m.name: self.reports[(m.path, plan.server)] for m in plan.models if (m.path, plan.server) in self.reports
        }
        if not found:
            return ()
        from wizard.machine.modelcheck import model_findings

        return model_findings(plan, found)

    def candidate(self, changes: Changes) -> tuple[Plan | None, str]:
        """The Plan after a change, if it can be shown; or None and a sentence why not."""
        from wizard.session.steps import try_changes

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
            try:
                _ = self.view_of(plan).files
            except WizardError as error:
                return error.title
            step_id = self.screen.step.id if isinstance(self.screen, StepScreen) else ""
            settled = () if step_id == "who" else tuple(key for key, _ in changes)
            self.history = self.history.add(plan, label, step_id, settled)
            self.plan = plan
        return ""

    def on_plan_change(self, message: PlanChange) -> None:
        """The one message that changes the Plan."""
        if self.plan is None:
            self._early.append(message)
            return
        problem = self.propose(message.changes, message.label)
        if message.field is not None and message.field.is_mounted:
            message.field.refuse(problem)
        if problem and isinstance(self.screen, StepScreen):
            self.screen.say(problem)

    def go_to(self, step: Step) -> None:
        """Show a step: back to it where it is open already, else on top of what is open."""
        if not self.screen.is_mounted:
            self.screen.call_later(self.go_to, step)  # what is still being made cannot be taken away
            return
        stack = [s for s in self.screen_stack if isinstance(s, StepScreen)]
        known = next((screen for screen in stack if screen.step.id == step.id), None)
        if known is None:
            self.push_screen(open_step(step))
            return
        while self.screen is not known:
            self.pop_screen()

    def _move(self, history: History, verb: str) -> None:
        if self.history is None or history == self.history:
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

    def _fatal_error(self) -> None:
        """The traceback without the values of variables, which may hold a token."""
        from rich.traceback import Traceback

        self.panic(Traceback(show_locals=False))

    def action_leave(self) -> None:
        """Quit; what was written is told in the terminal."""
        self.keeper.flush()
        self.exit(self.outcome)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette: every step and every action."""
        from wizard.screens.palette import commands

        return commands(self)


def run(plan: Plan | None, *, source: Path | None, demo: str) -> Outcome | None:
    """Run the wizard. Returns what was written, or None when it was left before anything was.

    `plan`: answers to begin with; `source`: the file they came from; `demo`: the server whose bundled sample it
    begins with, "" = none.
    Raises WizardError (exit code 70) when the wizard itself broke; the answers are kept as a draft.
    """
    app = WizardApp(plan, source=source, demo=demo, drafts=True)
    outcome = app.run()
    if app.return_code:
        app.keeper.flush()
        raise WizardError(
            "The wizard broke, and the fault is its own",
            "What happened stands above.",
            "The answers are kept as a draft: start it again to go on.",
            ExitCode.FAULT,
        )
    return outcome
