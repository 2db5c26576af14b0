"""What a run of the line prompts knows: the Plan with its history, this machine, what was found and written."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from wizard.errors import WizardError

if TYPE_CHECKING:
    from wizard.exposure.comparison import View
    from wizard.exposure.findings import Finding
    from wizard.host import Host
    from wizard.models.report import ModelReport
    from wizard.plain.terminal import Terminal
    from wizard.plan import Plan
    from wizard.session.history import History
    from wizard.session.steps.base import Changes
    from wizard.session.written import Outcome

WORDS = {"functional": "will not work"}


class Session:
    """Changes the Plan in one place, and says after each change what got better and worse."""

    history: History
    host: Host

    def __init__(self, terminal: Terminal, source: Path | None, demo: bool) -> None:
        self.terminal = terminal
        self.source = source
        self.demo = demo
        self.base = source.parent if source else Path.cwd()
        self.reports: dict[tuple[str, str], ModelReport] = {}
        self.outcome: Outcome | None = None
        self.begun = False
        self.jump = ""
        """Id of the step to go to next, where an error message was pasted and leads elsewhere."""
        self.asks_more = False
        """The answer chosen last is completed by a list that may still be empty."""

    def begin(self, plan: Plan | None) -> None:
        """Load everything and look at this machine and the models."""
        from wizard.session.beginning import begin

        self.terminal.say("Looking at this machine …")
        found = begin(plan, self.source)
        self.history, self.host, self.base = found.history, found.host, found.base
        self.reports.update(found.reports)
        self.begun = True

    @property
    def plan(self) -> Plan:
        """The answers so far."""
        return self.history.now.plan

    @property
    def complete(self) -> Plan:
        """The answers with defaults filled in."""
        return self.view().deployment.plan

    def view(self, plan: Plan | None = None) -> View:
        """Everything that follows from a Plan. Raises WizardError for one that cannot be resolved."""
        from wizard.exposure.comparison import look

        plan = plan or self.plan
        return look(plan, self.host, self._model_findings(plan))

    def _model_findings(self, plan: Plan) -> tuple[Finding, ...]:
        from wizard.machine.modelcheck import model_findings

        keys = {model.name: (model.path, plan.server) for model in plan.models}
        found = {name: self.reports[key] for name, key in keys.items() if key in self.reports}
        return model_findings(plan, found) if found else ()

    def look_into(self, path: str) -> ModelReport:
        """What is at a model path, looked at once."""
        from wizard.session.beginning import inspect

        key = (path, self.plan.server)
        if key not in self.reports:
            self.reports[key] = inspect(path, self.plan.server, self.base)
        return self.reports[key]

    def propose(self, changes: Changes, label: str, step_id: str) -> str:
        """Make a change and say what follows; or a sentence why it cannot stand."""
        from wizard.session.steps import try_changes

        before = self.view()
        plan, problem = try_changes(self.plan, changes)
        if plan is None:
            return problem
        if plan == self.plan:
            return ""
        try:
            for model in plan.models:
                if (model.path, plan.server) not in self.reports:
                    self._look_again(plan)
            after = self.view(plan)
        except WizardError as error:
            return error.title
        settled = () if step_id == "who" else tuple(key for key, _ in changes)
        self.history = self.history.add(plan, label, step_id, settled)
        self.keep()
        self._tell(before, after)
        return ""

    def _look_again(self, plan: Plan) -> None:
        from wizard.session.beginning import inspect

        for model in plan.models:
            key = (model.path, plan.server)
            if key not in self.reports:
                self.reports[key] = inspect(model.path, plan.server, self.base)

    def undo(self) -> None:
        """Take back the last answer."""
        former = self.history.undo()
        if former == self.history:
            self.terminal.say("Nothing to take back.")
            return
        before, label = self.view(), self.history.now.label
        self.history = former
        self.keep()
        self.terminal.say(f"Taken back: {label}.")
        self._tell(before, self.view())

    def fix(self, step_id: str) -> None:
        """Apply the first fix of the worst finding that has one."""
        for finding in self.view().findings:
            for remedy in finding.remedies:
                self.terminal.say(f"{remedy.label}. This mends: {finding.message}")
                problem = self.propose(remedy.patch, remedy.label, step_id)
                if problem:
                    self.terminal.say(problem)
                return
        self.terminal.say("Nothing here has a ready fix.")

    def _tell(self, before: View, after: View) -> None:
        """What changed, the worst first; nothing when nothing did."""
        from wizard.exposure.comparison import compare

        difference = compare(before, after)
        for loss in difference.losses:
            finding = loss.finding
            if finding is None:
                self.terminal.say(f"Worse: {loss.text}.")
                continue
            word = WORDS.get(finding.severity, finding.severity)
            if loss.was and loss.was != finding.severity:
                word = f"{word} instead of {WORDS.get(loss.was, loss.was)}"
            fix = f" A fix (f): {finding.remedies[0].label}." if finding.remedies else f" Instead: {finding.instead}"
            self.terminal.say(f"Worse, {word}: {loss.text}{fix}")
        for gain in difference.gains:
            known = gain.finding
            no_more = f", no longer {WORDS.get(known.severity, known.severity)}" if known else ""
            if known and gain.was:
                no_more = f", {known.severity} instead of {WORDS.get(gain.was, gain.was)}"
            self.terminal.say(f"Better{no_more}: {gain.text.rstrip('.')}.")

    def keep(self) -> str:
        """Keep the answers as a draft; says so in a sentence, or why not. "" when there is nothing to keep."""
        from wizard.machine import drafts

        if not self.begun or len(self.history.entries) < 2:
            return ""
        try:
            drafts.save(self.plan, self.source, self.base, self.demo)
        except OSError as problem:
            return f"The answers could not be kept: {problem.strerror or problem}."
        return "The answers are kept as a draft."

    def forget(self) -> None:
        """There is no need of a draft any more."""
        from wizard.machine import drafts

        with suppress(OSError):
            drafts.discard(self.source, self.demo)
