"""A Plan while it is being answered: what an answer would mean, whether it is accepted, what must be confirmed, and
undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import comparison, exposure, placement
from wizard.errors import WizardError
from wizard.session.history import Entry, History
from wizard.session.origins import Origins
from wizard.session.steps import cors, model
from wizard.session.steps.base import Answer
from wizard.session.steps.edit import try_changes
from wizard.session.view import Preview, Views

if TYPE_CHECKING:
    from wizard.comparison.view import View
    from wizard.deployment.finding import Finding, Remedy
    from wizard.exposure.findings.facts import Confirmable
    from wizard.exposure.findings.folding import Folded
    from wizard.host import Host
    from wizard.models.report import ModelReport
    from wizard.plan import Plan

LOADING = "One moment: still loading."


class AnsweredPlan:
    """The answers so far and everything that follows from them.

    `base`: where relative paths start. Before it is `ready` it has no Plan, and refuses every answer.
    """

    history: History
    host: Host

    def __init__(self, base: Path) -> None:
        self.base = base
        self.ready = False
        self.on_change: Callable[[], None] = lambda: None
        """Called after every change of the Plan."""
        self._views = Views()

    def _start(self, host: Host, history: History) -> None:
        """Become ready."""
        self.host, self.history, self.ready = host, history, True
        self.on_change()

    @property
    def plan(self) -> Plan:
        """The answers so far."""
        return self.history.now.plan

    @property
    def complete(self) -> Plan:
        """The answers with defaults filled in, as the questions show them: with paths as typed."""
        if self.plan.contained:
            return self.view.deployment.plan

        return placement.defaults.complete(self.plan)

    @property
    def origins(self) -> Origins:
        """Where each answer comes from."""
        return self.history.now.origins

    @property
    def view(self) -> View:
        """Everything that follows from the answers so far."""
        return self.view_of(self.plan)

    def view_of(self, plan: Plan) -> View:
        """Everything that follows from a Plan. Raises WizardError for a Plan that cannot be resolved."""
        return self._views.of(plan, self.host, self.base)

    def candidate(self, answer: Answer, step_id: str = "") -> Entry | str:
        """The history entry for an answer; or one sentence why it is refused."""
        if not self.ready:
            return LOADING
        plan, problem = try_changes(self.plan, (*answer.changes, *answer.proposed))
        if plan is None:
            return problem
        plan, origins = model.follow_paths(self.plan, plan, self.origins.after(answer), self.suggested)
        try:
            plan, origins = cors.let_tokens_pass(plan, origins, lambda plan: self.view_of(plan).deployment)
            self.view_of(plan)
        except WizardError as error:
            return error.title
        except ModuleNotFoundError as error:
            return f"This part of the program is missing: {error.name}."
        return Entry(plan, answer.label, step_id, origins)

    def preview(self, answer: Answer | None = None) -> Preview:
        """What an answer would mean; without one, the present view."""
        if not self.ready:
            return Preview()
        if answer is None:
            return Preview(self.view)
        entry = self.candidate(answer)
        if isinstance(entry, str):
            return Preview(self.view, answer=answer, problem=entry)

        after = self.view_of(entry.plan)
        return Preview(self.view, after, comparison.plans.compare(self.view, after), answer)

    def effect(self, since: int) -> Preview | None:
        """The effect of the last answer, compared with before; None unless it was given after the first `since`."""
        entries, at = self.history.entries, self.history.at
        if not (since <= at == len(entries) - 1):
            return None

        before, now = self.view_of(entries[at - 1].plan), self.view
        answer = Answer((), entries[at].label)
        return Preview(before, now, comparison.plans.compare(before, now), answer, given=True)

    def propose(self, answer: Answer, step_id: str = "") -> str:
        """Give an answer; it is refused if the Plan or a file cannot contain it."""
        entry = self.candidate(answer, step_id)
        if isinstance(entry, str):
            return entry
        if entry.plan == self.plan:
            return ""
        try:
            _ = self.view_of(entry.plan).files
        except WizardError as error:
            return error.title
        self._set(self.history.add(entry))
        return ""

    def fix(self, preview: Preview, step_id: str = "") -> str:
        """Apply the first fix of what is shown, together with the answer being looked at."""
        remedy = preview.remedy
        if remedy is None:
            return "Nothing here has a ready fix."
        return self.apply(remedy, step_id, preview.answer if preview.after and not preview.given else None)

    def apply(self, remedy: Remedy, step_id: str = "", first: Answer | None = None) -> str:
        """Apply a fix, after the answer that makes it necessary."""
        if first is None:
            return self.propose(Answer(remedy.patch, remedy.label), step_id)
        label = f"{first.label} + {remedy.label}"
        return self.propose(first._replace(changes=(*first.changes, *remedy.patch), label=label), step_id)

    def undo(self) -> str:
        """Undo the last answer; returns its name, "" = there is none."""
        label = self.history.now.label
        return label if self._set(self.history.undo()) else ""

    def redo(self) -> str:
        """Redo the answer that was undone last; returns its name, "" = there is none."""
        return self.history.now.label if self._set(self.history.redo()) else ""

    def go(self, at: int) -> str:
        """Go to any answer of the history; returns its name, "" = it is the present one."""
        return self.history.now.label if self._set(self.history.go(at)) else ""

    def _set(self, history: History) -> bool:
        if history == self.history:
            return False
        self.history = history
        self._changed()
        return True

    def _changed(self) -> None:
        """The Plan has changed."""
        self.on_change()

    @property
    def broken(self) -> tuple[Finding, ...]:
        """What cannot work with these answers."""
        return tuple(finding for finding in self.view.findings if finding.severity == "functional")

    @property
    def waiting(self) -> tuple[Confirmable, ...]:
        """What a person must deliberately confirm, and has not: one entry, with one word, for each fact."""
        return exposure.findings.facts.facts(
            exposure.findings.folding.fold(
                exposure.findings.waiting(self.view.findings, self.plan.accepted), self.view.several
            )
        )

    @property
    def accepted(self) -> tuple[Folded, ...]:
        """What was confirmed."""
        return exposure.findings.folding.fold(
            [f for f in self.view.findings if f.name in self.plan.accepted], self.view.several
        )

    def is_accepted(self, folded: Folded) -> bool:
        """Whether every finding that a sentence stands for was confirmed."""
        return set(folded.names) <= set(self.plan.accepted)

    def acceptance(self, fact: Confirmable, typed: str) -> Answer:
        """The answer that confirms a fact. Raises ValueError with a sentence unless its word was typed."""
        if typed.strip().lower() != fact.word:
            raise ValueError(f"type {fact.word} to accept this, or go back and change your answers")
        accepted = (("accepted", [*self.plan.accepted, *fact.names]),)
        return Answer(accepted, f"Accepted: {fact.word}")

    def report(self, path: str) -> ModelReport | None:
        """What is at a model path, as far as it was looked into."""
        return self._views.report(path, self.plan.server)

    def suggested(self, path: str) -> str:
        """The name of a model at a path: from what was found there, else from the path's last part."""
        report = self.report(path)
        return report.name if report else model.name_from(path)
