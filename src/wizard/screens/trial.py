"""The Try step: start what was planned, send it requests, compare with the predictions, remove it again."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from wizard.errors import ExitCode, WizardError
from wizard.screens.base import StepScreen
from wizard.screens.console import ConsoleScreen, clock, until
from wizard.screens.presence import stands
from wizard.screens.trial_messages import TrialEnded, TrialEvent, TrialKept
from wizard.session import trying
from wizard.session.steps.base import Field, Option
from wizard.session.writing import trial_project
from wizard.trial import backend, by_hand, events, request_console, runner
from wizard.trial.backend import Cancel
from wizard.widgets.choices import Choices
from wizard.widgets.flow import Flow, Lines
from wizard.widgets.hints import KeyHint
from wizard.widgets.messages import PlanChange
from wizard.widgets.next_line import NextLine
from wizard.widgets.trial_lines import Progress, ending_lines, progress_lines

if TYPE_CHECKING:
    from wizard.plan import Plan
    from wizard.session.session import Session
    from wizard.session.steps.base import Answer, Step
    from wizard.trial.events import Event
    from wizard.trial.probes import ProbeResult

_KEEP_S = 600.0
"""Seconds for which a trial is kept running for requests by hand."""
_KEEP = Option("keep", "Try it and keep it running", "for ten minutes, so that you can send it requests yourself")
"""Offered only here: a page can send requests by hand while the trial runs."""


class TrialScreen(StepScreen):
    """Runs a trial in a worker; Escape ends it without leaving anything. `at_once`: begin when the page opens."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "cancel", "Stop the trial", id="cancel"),
        Binding("k", "keep", "Try it again and keep it running", id="keep"),
        Binding("o", "console", "Send requests by hand", id="console"),
        Binding("y", "copy", "Copy the request", id="copy-trial"),
    ]

    def __init__(self, session: Session, step: Step, at_once: bool = False) -> None:
        super().__init__(session, step)
        self.add_class("-solo")
        self.at_once = at_once
        self.chosen = trying.RUN if at_once else ""
        self.shown = Progress()
        self._tried: Plan | None = None
        """The answers being tried, or tried last."""
        self._without_docker = False
        self.failed = False
        """Whether a trial in Docker failed, so that one without it is worth offering."""
        self.elsewhere: Answer | None = None
        """What avoids the problem of the last trial, if a port was taken."""
        self.cancel: Cancel | None = None
        self.kept: TrialKept | None = None
        self.kept_until = 0.0
        """A point in time of the monotonic clock."""

    def compose_form(self) -> ComposeResult:
        yield Flow(self._ending_lines, id="ending")
        yield Choices(self._choice_field())
        yield Flow(lambda width: progress_lines(self.shown, self.running, width), id="progress")

    def _choice_field(self) -> Field:
        run, *more = trying.options(self.session, self.failed, self.elsewhere)
        return Field("trial", "choice", options=(run, _KEEP, *more), chosen=(self.chosen,) if self.chosen else ())

    def on_mount(self) -> None:
        """Begin, if that was asked for."""
        if self.at_once:
            self.start()

    def on_unmount(self) -> None:
        """Leaving the program does not wait for the trial: it ends and is removed."""
        if self.cancel is not None:
            self.cancel.event.set()

    def engine_known(self) -> None:
        if stands(self) and not self.running:
            self.show_plan()

    def show_plan(self) -> None:
        self.query_one(Choices).load(self._choice_field())
        self._redraw()

    def on_plan_change(self, message: PlanChange) -> None:
        """Starting a trial is no change of the Plan."""
        message.stop()
        option = self.query_one(Choices).option
        if option is None or self.running:
            return
        self.chosen = option.id
        self.query_one(Choices).load(self._choice_field())
        if option.id == trying.SKIP:
            self.action_next()
        elif option.id == trying.MOVE and self.elsewhere is not None:
            self._move(self.elsewhere)
        else:
            self.start(without_docker=option.id == trying.NATIVE, keep=option.id == _KEEP.id)

    def _move(self, elsewhere: Answer) -> None:
        """Use another port, and go back to writing: the written files name the previous one."""
        self.chosen, self.elsewhere, self.shown = "", None, Progress()
        self._redraw()
        problem = self.session.propose(elsewhere, self.step.id)
        if problem:
            self.say(problem)
        else:
            self.face.go_to(self.session.step("write"))

    def keys_here(self) -> tuple[KeyHint, ...]:
        if not self.running:
            more = (KeyHint("keep", "keep it running", short="keep"),) if self._may_keep else ()
            found = super().keys_here()
            return (*found[:2], *more, *found[2:])
        requests: tuple[KeyHint, ...] = (KeyHint("console", "send requests", droppable=1),) if self.kept else ()
        requests += (KeyHint("copy-trial", "copy curl", droppable=2),) if self.to_copy() else ()
        scroll = KeyHint("up,down", "scroll", droppable=2)
        return (KeyHint("back", "stop the trial"), *requests, scroll, KeyHint("ctrl+p", "more"))

    @property
    def _may_keep(self) -> bool:
        """Whether a trial went as predicted, so that it is worth running again for longer."""
        return not self.running and self.shown.report is not None and self.shown.report.agrees

    def action_keep(self) -> None:
        """Run it again, and keep it running."""
        if self._may_keep:
            self.chosen = "keep"
            self.start(keep=True)

    @property
    def running(self) -> bool:
        """Whether a trial is under way."""
        return self.cancel is not None

    def start(self, without_docker: bool = False, keep: bool = False) -> None:
        """Begin a trial of the present Plan, or of the same Plan run without Docker."""
        self.shown, self.cancel, self._tried = Progress(), Cancel(), self.session.plan
        self._without_docker = without_docker
        self._redraw()
        self._run(without_docker, self.cancel, keep)

    @work(thread=True, exclusive=True, group="trial")
    def _run(self, without_docker: bool, cancel: Cancel, keep: bool) -> None:
        results: list[ProbeResult] = []

        def emit(event: Event) -> None:
            if isinstance(event, events.ProbeDone):
                results.append(event.result)
            self.post_message(TrialEvent(event))

        def stay(running: backend.RunningTrial) -> None:
            probe = request_console.sample(results)
            token = running.tokens().get(probe.api, "") if probe else ""
            first = request_console.begin(probe, token, made.deployment, running.mark.folder) if probe else None
            self.post_message(TrialKept(first, by_hand.request(made, running.mark)))
            cancel.event.wait(_KEEP_S)

        try:
            made = trial_project(self.session, without_docker)
            # What is kept must not be taken for abandoned while it is used.
            options = backend.Options(deadline=2 * _KEEP_S) if keep else backend.Options()
            report = runner.run(made, options, emit, cancel, stay if keep else None)
            same = self.session.plan == self._tried
            left = trying.leave_report(self.session, made, report) if same else ()
            elsewhere = trying.at_another_port(self.session, report.problem) if report.problem else None
            self.post_message(TrialEnded(report, report.problem, left, elsewhere))
        except WizardError as error:
            stopped = error.exit_code == ExitCode.INTERRUPTED
            elsewhere = None if stopped else trying.at_another_port(self.session, error)
            failed = not stopped and not trying.runs_already(error)
            self.post_message(TrialEnded(None, str(error), (), elsewhere, stopped, failed))
        except ModuleNotFoundError as error:
            self.post_message(TrialEnded(None, f"This part of the program is missing: {error.name}"))

    def on_trial_event(self, message: TrialEvent) -> None:
        """Show what happens."""
        self.shown.happened(message.event)
        self._redraw()

    def on_trial_kept(self, message: TrialKept) -> None:
        """It keeps running; show the time it has left."""
        self.kept, self.kept_until = message, monotonic() + _KEEP_S
        self.shown.kept, self.shown.script = message.pasted, trying.written_call(self.session, self._without_docker)
        self.say("")
        self.query_one("#form").scroll_home(animate=False)
        self._redraw()
        self.set_interval(1.0, self._tick)

    def _tick(self) -> None:
        if self.kept:
            self._redraw()

    def to_copy(self) -> str:
        return self.kept.pasted if self.kept else ""

    def action_console(self) -> None:
        """Open the request console."""
        if self.kept is None or self.kept.request is None:
            self.say("Nothing is running to send requests to." if self.kept is None else "No request was answered.")
            return
        self.app.push_screen(ConsoleScreen(self.kept.request, until(self.kept_until)))

    def on_trial_ended(self, message: TrialEnded) -> None:
        """Show how it went."""
        self.kept = self.shown.kept = self.cancel = None
        self.shown.report, self.shown.problem, self.shown.left = message.report, message.problem, message.left
        self.shown.stopped = message.stopped
        self.say("")
        self.failed = self.failed or message.failed
        self.elsewhere = message.elsewhere
        if message.report is not None and message.report.agrees:
            self.session.proven = self._tried
        choices = self.query_one(Choices)
        choices.load(self._choice_field())
        choices.display = True
        if message.stopped:
            choices.focus()
        elif message.problem:
            choices.focus()
            options = [option.id for option in choices.field.options]
            ways = (trying.MOVE, trying.NATIVE) if self.chosen == trying.RUN or message.elsewhere else ()
            choices.at = options.index(next((way for way in ways if way in options), trying.SKIP))
        else:
            # The verdict stands above the probes, which may be many.
            self.query_one(NextLine).focus(scroll_visible=False)
            self.query_one("#form").scroll_home(animate=False)
        self._redraw()

    def _redraw(self) -> None:
        # While it runs there is nothing to choose, and its stages need the room.
        choices, way_on = self.query_one(Choices), self.query_one(NextLine)
        if self.running and choices.has_focus:
            way_on.focus(scroll_visible=False)
        choices.display = not self.running
        for flow in self.query("#ending, #progress").results(Flow):
            flow.redraw()

    def _ending_lines(self, width: int) -> Lines:
        left = clock(max(0.0, self.kept_until - monotonic())) if self.kept else ""
        return ending_lines(self.session, self.shown, self.running, left, width)

    def action_cancel(self) -> None:
        """Stop the trial; what it started is removed."""
        if self.cancel is not None:
            self.cancel.event.set()
            self.tell_wait("Stopping …")

    def action_back(self) -> None:
        if self.running:
            self.action_cancel()
            return
        super().action_back()

    def action_next(self) -> None:
        if self.running:
            self.say("The trial is still running: esc stops it.")
        else:
            super().action_next()
