"""The conversation without an interface: the Plan, its history, findings and conclusions, the draft and the files.

The full screen, the line prompts and the browser are front ends for it. Each of their handlers reads a value, calls one
function here and shows the result. A function that can refuse returns the reason as one sentence, "" = done.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import exposure, machine, registry
from wizard import plan as plans
from wizard.errors import WizardError
from wizard.session import beginning
from wizard.session.answered import LOADING, AnsweredPlan
from wizard.session.autosave import Autosave
from wizard.session.history import Entry, History
from wizard.session.origins import Origins
from wizard.session.steps import model, start
from wizard.session.steps.base import Answer, Field, Step
from wizard.session.steps.flow import fields as fields_of
from wizard.session.steps.flow import flow, following, incomplete, index_of, preceding, problems, step_of_finding

if TYPE_CHECKING:
    from wizard.deployment.finding import Finding
    from wizard.machine.engine_state import EngineState
    from wizard.models.report import ModelReport, PathFix
    from wizard.plan import Patch, Plan
    from wizard.session.beginning import Beginning
    from wizard.session.opened import Opened
    from wizard.session.written import WrittenProject


class Session(AnsweredPlan):
    """One conversation.

    `given`: initial answers; `source`: the file they came from; `opened`: a path to begin with, instead of both;
    `demo`: the server whose bundled sample it begins with, "" = none; `drafts`: whether a draft is kept and the one of
    an earlier run offered; `looks_around`: whether servers that run here are offered. Raises WizardError for a path
    whose answers cannot be read. It is not `ready` until `begin`.
    """

    target: str = ""
    """The folder for the files, as typed; "" = the default one."""
    outcome: WrittenProject | None = None
    """What was written last."""
    proven: Plan | None = None
    """The answers with which the last successful trial was made."""
    engine: EngineState | None = None
    """What is known about the container engine; None = nothing yet, or it cannot be known."""
    listing: str = ""
    """Id of the step whose list is shown although it is empty, because its first entry is about to be typed."""
    _there: Entry | None = None
    """The answers that correspond to what was opened."""
    _afresh: Entry | None = None
    """The answers of a fresh start, once it was chosen."""
    _written_for: Plan | None = None

    def __init__(
        self,
        given: Plan | None = None,
        *,
        source: Path | None = None,
        opened: Opened | None = None,
        demo: str = "",
        drafts: bool = False,
        looks_around: bool = False,
    ) -> None:
        if opened is not None:
            given, source = opened.plan(), opened.source
        super().__init__(opened.base if opened else source.parent if source else Path.cwd())
        self.source = source
        self.demo = demo
        self.opened = opened
        """The path it begins with (then it begins at the overview), or the server that was looked at."""
        self.asks_first = opened.at if opened else ""
        """Id of the step that is asked before the overview is shown; "" = none, or already shown."""
        self.looks_around = looks_around and opened is None
        self.server = given.server if given else demo or registry.preferred("FIRST")
        """The server it begins with."""
        self.given = given is not None or bool(demo)
        """Whether there are answers to begin with."""
        self.autosave = Autosave(opened.path if opened else source, bool(demo), drafts)
        self.visited: set[str] = set()
        """Ids of the steps that were seen."""
        self.uncommitted: dict[tuple[str, str], str] = {}
        """(step, field) -> text that was typed there and refused."""
        self._given = given

    def load(self) -> Beginning:
        """Everything the first question does not need, for `begin`.

        Slow: may run in another thread. Raises WizardError for answers that cannot be resolved, such as those for an
        unknown version.
        """
        if self.opened is not None:
            self.opened.require_known_version()
        return beginning.prepare(self._given, self.server, bool(self.demo), self.base)

    def begin(self, found: Beginning) -> None:
        """Become ready."""
        for (path, server), report in found.reports.items():
            self._views.found(path, server, report)
        names = frozenset(model.name for model in found.plan.models) if self.demo else frozenset[str]()
        given = self._given is not None and not self.demo
        origins = Origins("file" if given else "default", derived=names)
        if self.opened is not None and self.opened.kind == "model":
            typed = frozenset(model.name for model in found.plan.models)
            origins = Origins("default", (("models", "you"),), derived=typed)
        history = History.begin(found.plan, origins)
        self._there = history.now if self.opened is not None and self.opened.kind != "model" else None
        self._start(found.host, history)

    def resume(self) -> str:
        """Set the answers of the offered draft, as one answer that can be undone."""
        draft, self.autosave.offered = self.autosave.offered, None
        if draft is None:
            return ""

        try:
            plan = exposure.findings.acceptance.in_full(draft.plan(), self.host)
            self.view_of(plan)
        except (ValueError, WizardError):
            return "This version cannot read that draft."
        self.base = draft.base
        self._views.forget()
        entry = Entry(plan, f"the draft of {draft.day()}", "start", Origins.of_data(draft.origins))
        self._set(self.history.add(entry))
        return ""

    def look_at(self, opened: Opened) -> str:
        """Set the answers that describe a running server, as one answer that can be undone; or say why it is not
        possible."""
        try:
            plan = exposure.findings.acceptance.in_full(opened.plan(), self.host)
            self.view_of(plan)
        except (ValueError, WizardError) as problem:
            return str(problem).partition("\n")[0]
        self.opened, self.base = opened, opened.base
        self._views.forget()
        self._there = Entry(plan, opened.words, "start", Origins("file"))
        self._set(self.history.add(self._there))
        return ""

    def start_afresh(self) -> str:
        """Set only the model instead of the answers an earlier run wrote for it; can be undone."""
        fresh = self.opened.fresh if self.opened else None
        if fresh is None or not self.begun_with:
            return "There is no other starting point."
        plan = plans.answers.rebase(fresh.plan(), fresh.base, self.base)
        names = frozenset(model.name for model in plan.models)
        self._afresh = Entry(plan, "a fresh start", "start", Origins("default", (("models", "you"),), names))
        self._set(self.history.add(self._afresh))
        return ""

    @property
    def begun_with(self) -> str:
        """The file of an earlier run from which the answers came although a model was named; "" = none."""
        began = self.opened is not None and self.opened.fresh is not None and self._afresh not in self._passed
        return str(self.source) if began else ""

    @property
    def _passed(self) -> tuple[Entry, ...]:
        """The answers up to the present one."""
        return self.history.entries[: self.history.at + 1]

    def _changed(self) -> None:
        self.autosave.changed(self.plan, self.base, self.origins)
        super()._changed()

    @property
    def there(self) -> Plan | None:
        """The answers for the opened set-up; None if there is none, or if it was undone."""
        return self._there.plan if self._there and any(each is self._there for each in self._passed) else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step for these answers; before it is ready, those that are always asked."""
        return flow(self.complete if self.ready else None)

    def step(self, step_id: str) -> Step:
        """The step with that id; for one that is no longer asked, the last one before it in its group."""
        return self.steps[index_of(self.steps, step_id)]

    def following(self, step: Step) -> Step | None:
        """The step after one, None after the last."""
        return following(self.steps, step.id)

    def preceding(self, step: Step) -> Step | None:
        """The step before one, None before the first."""
        return preceding(self.steps, step.id)

    def fields(self, step: Step) -> tuple[Field, ...]:
        """The questions of a step with the present answers."""
        if not self.ready:
            return start.fields(step, None, self.server) if step.group == "start" else ()
        return fields_of(step, self.complete, self.host, self.origins, listing=self.listing == step.id)

    def missing(self, step: Step) -> str:
        """What must be settled before leaving a step, "" = nothing."""
        if not self.ready:
            return LOADING
        if step.id in ("review", "write"):
            if self.broken:
                return "Something cannot work yet: fix what is marked ✗."
            return "Confirm what is marked ▲ by typing its word, or press esc to go back." if self.waiting else ""
        found = next(iter(problems(step, self.complete)), "")
        return found or (incomplete(self.fields(step)) if self.listing == step.id else "")

    def broken_at(self, step: Step) -> tuple[Finding, ...]:
        """What cannot work because of the answers of a step."""
        return tuple(finding for finding in self.broken if step_of_finding(finding, self.steps) == step)

    @property
    def done(self) -> frozenset[str]:
        """Ids of the steps that are done: visited, and their purpose fulfilled with these answers."""
        if not self.ready:
            return frozenset(self.visited)
        written = self.up_to_date
        happened = {
            "review": not self.missing(self.step("review")),
            "write": written,
            "try": self.proven == self.plan,
            "done": written and self.proven == self.plan,
        }
        return frozenset(step_id for step_id in self.visited if happened.get(step_id, True))

    @property
    def unseen(self) -> tuple[tuple[str, str], ...]:
        """(path, server) of the models that were not looked into yet."""
        return self._views.missing(self.plan) if self.ready else ()

    def inspect(self, path: str, server: str) -> ModelReport:
        """Look into a model path, for `found`. May be slow: may run in another thread."""
        return beginning.inspect(path, server, self.base)

    def found(self, path: str, server: str, report: ModelReport) -> bool:
        """A model path was looked into: the result counts from now on. Returns whether it is new."""
        return self._views.found(path, server, report)

    def path_answer(self, index: int, path: str, as_version: int | None = None) -> Answer:
        """The answer that a path stands for: for a model by its position, for a new one after the last, or for none."""
        return model.path_answer(self.plan, index, path.strip(), self.suggested, as_version)

    def remove_model(self, index: int, step_id: str) -> str:
        """Remove a model by its position; the only one stays, because something must be served."""
        if len(self.plan.models) < 2:
            return "It is the only model; type another path instead."
        return self.propose(self.path_answer(index, ""), step_id)

    def mend(self, changes: Patch, title: str, step_id: str) -> str:
        """Set the answer that first aid names, if it names one. `title`: of the message it is about."""
        return self.propose(Answer(changes, f"first aid: {title}"), step_id) if changes else ""

    def path_fix(self, index: int, fix: PathFix) -> Answer:
        """The answer that a fix of a path stands for."""
        if index < len(self.plan.models) or fix.kind == "server":
            known = self.plan.models[index] if index < len(self.plan.models) else None
            return Answer(machine.modelcheck.fix_patch(index, known, fix), fix.label)
        staged = fix.version if fix.kind == "stage" else None
        return self.path_answer(index, str(fix.path), staged)._replace(label=fix.label)

    def model_fields(self, index: int) -> tuple[Field, ...]:
        """The questions about one model, by its position in the Plan; the position after the last is a new one."""
        models = self.plan.models
        report = self.report(models[index].path) if index < len(models) else None
        return model.fields(self.complete, index, report.numbers if report else ())

    @property
    def up_to_date(self) -> bool:
        """Whether files were written here for exactly the present answers."""
        return self._written_for == self.plan

    def written(self, outcome: WrittenProject) -> None:
        """The files were written: the draft is no longer needed. A token nobody has seen yet is still to be shown."""
        former = self.outcome
        unseen = former.new_tokens if former and former.target == outcome.target else ()
        tokens = tuple(dict.fromkeys((*unseen, *outcome.new_tokens)))
        self.outcome = replace(outcome, new_tokens=tokens)
        self._written_for = self.plan
        self.autosave.discard()
