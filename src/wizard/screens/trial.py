"""The Try step: start what was planned, send it requests, compare with the predictions, remove it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from wizard.errors import WizardError
from wizard.screens.base import StepScreen
from wizard.steps.base import Field, Option
from wizard.widgets.bars import KeyHint
from wizard.widgets.choices import Choices
from wizard.widgets.flow import Flow, Lines, clipped, text, wrapped
from wizard.widgets.messages import PlanChange

if TYPE_CHECKING:
    from wizard.plan import Plan
    from wizard.services.probes import ProbeResult
    from wizard.services.trial import Cancel, Event, Report
    from wizard.steps.base import Step

_LOG_LINES = 8


class Happened(Message):
    """Something happened in the trial."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class Ended(Message):
    """The trial is over: a report, or why there is none."""

    def __init__(self, report: Report | None, problem: str) -> None:
        super().__init__()
        self.report = report
        self.problem = problem


class TrialScreen(StepScreen):
    """Runs a trial in a worker; Escape ends it, nothing stays behind."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("c", "cancel", "Stop the trial", id="cancel")]

    def __init__(self, step: Step) -> None:
        super().__init__(step)
        self.chosen = ""
        self.stages: dict[str, str] = {}
        self.log_lines: list[str] = []
        self.results: list[ProbeResult] = []
        self.total = 0
        self.report: Report | None = None
        self.problem = ""
        self.cancel: Cancel | None = None

    def compose_form(self) -> ComposeResult:
        yield Choices(self._choice_field())
        yield Flow(self._progress_lines, id="progress")

    def _choice_field(self) -> Field:
        native = self.wizard.plan is not None and self.wizard.plan.run.how == "native"
        where = "on this machine, in a folder of its own" if native else "in Docker, on networks of its own"
        options = (
            Option("run", "Try it", f"{where}; takes a few seconds once the image is here"),
            Option("skip", "Not now", "serving-wizard try does the same later"),
        )
        return Field("trial", "choice", options=options, chosen=(self.chosen,) if self.chosen else ())

    def show_plan(self, plan: Plan) -> None:
        del plan
        self.query_one(Choices).load(self._choice_field())

    def on_plan_change(self, message: PlanChange) -> None:
        """Starting a trial is no change of the Plan."""
        message.stop()
        option = self.query_one(Choices).option
        if option is None or self.running:
            return
        self.chosen = option.id
        self.query_one(Choices).load(self._choice_field())
        if option.id == "run":
            self.start()
        else:
            self.action_next()

    def keys_here(self) -> tuple[KeyHint, ...]:
        return (KeyHint("c", "stop the trial"), *super().keys_here()) if self.running else super().keys_here()

    @property
    def running(self) -> bool:
        """Whether a trial is under way."""
        return self.cancel is not None

    def start(self) -> None:
        """Begin a trial of the present Plan."""
        from wizard.services.trial import Cancel

        if self.wizard.plan is None:
            return
        self.stages, self.log_lines, self.results, self.total = {}, [], [], 0
        self.report, self.problem, self.cancel = None, "", Cancel()
        self.query_one("#progress", Flow).redraw()
        self._run(self.wizard.plan, self.cancel)

    @work(thread=True, exclusive=True, group="trial")
    def _run(self, plan: Plan, cancel: Cancel) -> None:
        from wizard.services import project, trial

        try:
            made = project.prepare(plan, self.wizard.base, self.wizard.base, self.wizard.host)
            report = trial.run(made, trial.Options(), lambda event: self._emit(event), cancel)
            self.post_message(Ended(report, report.problem))
        except WizardError as error:
            self.post_message(Ended(None, str(error)))
        except ModuleNotFoundError as error:
            self.post_message(Ended(None, f"This part of the program is missing: {error.name}"))

    def _emit(self, event: Event) -> None:
        self.post_message(Happened(event))

    def on_happened(self, message: Happened) -> None:
        """Show what happens."""
        from wizard.services.trial import LogLine, ProbeDone, StageEvent

        event = message.event
        if isinstance(event, StageEvent):
            self.stages[event.stage] = event.text
        elif isinstance(event, LogLine):
            self.log_lines = [*self.log_lines[-200:], event.text]
        elif isinstance(event, ProbeDone):
            self.results.append(event.result)
            self.total = event.total
        self.query_one("#progress", Flow).redraw()

    def on_ended(self, message: Ended) -> None:
        """Show how it went."""
        self.report, self.problem, self.cancel = message.report, message.problem, None
        self.query_one("#progress", Flow).redraw()

    def _progress_lines(self, width: int) -> Lines:
        lines: Lines = []
        for stage, what in self.stages.items():
            last = stage == list(self.stages)[-1] and self.running
            mark = text("● ", "$text-accent") if last else text("✓ ", "$text-success")
            lines += wrapped(what, width, "", mark + text(f"{stage:<8}", "bold"), 10)
        lines += self._table(width)
        if self.running and not self.results:
            lines += [clipped(text(f"  | {line}", "$foreground-muted"), width) for line in self.log_lines[-_LOG_LINES:]]
        return lines + self._ending(width)

    def _table(self, width: int) -> Lines:
        if not self.results:
            return []
        differing = [r for r in self.results if not r.agrees]
        shown = [*differing, *[r for r in self.results if r.agrees]]
        lines = [text(f"  {'from':<17}{'predicted':<17}{'measured':<17}request", "$foreground-muted")]
        for result in shown:
            probe = result.probe
            mark = text("✓ ", "$text-success") if result.agrees else text("✗ ", "bold $text-error")
            where = (probe.page or probe.address or probe.vantage)[:16]
            line = text(f"{where:<17}{probe.predicted[:16]:<17}{result.measured[:16]:<17}{probe.request}")
            lines.append(clipped(mark + line, width))
            if not result.agrees and result.detail:
                lines += wrapped(result.detail, width, "$text-warning", "    ", 4)
        return lines

    def _ending(self, width: int) -> Lines:
        if self.running:
            done = f"{len(self.results)} of {self.total} probes" if self.total else "working"
            return [text(""), text(f"{done} … c stops it", "$foreground-muted")]
        if self.problem:
            lines = [text("")]
            for index, part in enumerate(self.problem.splitlines()):
                head = text("✗ ", "bold $text-error") if index == 0 else "  "
                lines += wrapped(part, width, "bold" if index == 0 else "", head, 2)
            tail = self.report.log_tail if self.report else ()
            return lines + [clipped(text(f"  | {line}", "$foreground-muted"), width) for line in tail[-_LOG_LINES:]]
        if self.report is None:
            return []
        if self.report.agrees:
            words = f"All {len(self.report.results)} probes agree with what was predicted."
            return [text(""), *wrapped(words, width, "bold", text("✓ ", "bold $text-success"), 2)]
        words = f"{len(self.report.differing)} probes differ from what was predicted; they stand first."
        return [text(""), *wrapped(words, width, "bold", text("✗ ", "bold $text-error"), 2)]

    def action_cancel(self) -> None:
        """Stop the trial; what it started is removed."""
        if self.cancel is not None:
            self.cancel.event.set()
            self.say("Stopping …")

    def action_back(self) -> None:
        if self.running:
            self.action_cancel()
            return
        super().action_back()

    def missing(self) -> str:
        return "The trial is still running: c stops it." if self.running else ""
