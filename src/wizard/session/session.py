"""The conversation without a face: the Plan, its history, what was found and concluded, the draft and the files.

The full screen, the line prompts and the browser are faces of it. Each of their handlers reads a value, calls one
function here and shows the result. A function that can refuse returns the reason as one sentence, "" = done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from wizard import registry
from wizard.errors import WizardError
from wizard.session import beginning
from wizard.session.autosave import Autosave
from wizard.session.history import Entry, History
from wizard.session.origins import Origins
from wizard.session.steps import cors, flow, following, model, place, preceding, problems, start, try_changes
from wizard.session.steps import fields as fields_of
from wizard.session.steps.base import Answer, Field, Step
from wizard.session.view import Preview, Views

if TYPE_CHECKING:
    from wizard.exposure.comparison import View
    from wizard.exposure.findings import Finding, Remedy
    from wizard.exposure.findings.facts import Fact
    from wizard.exposure.findings.folding import Folded
    from wizard.help.firstaid import Aid
    from wizard.host import Host
    from wizard.machine.engine_state import EngineState
    from wizard.models.report import ModelReport, PathFix
    from wizard.plan import Plan
    from wizard.session.beginning import Beginning
    from wizard.session.opened import Opened
    from wizard.session.written import Outcome

LOADING = "One moment: still loading."


class Session:
    """One conversation.

    `given`: answers to begin with; `source`: the file they came from; `opened`: a path to begin with, in place of both;
    `demo`: the server whose bundled sample it begins with, "" = none; `drafts`: whether a draft is kept and the one of
    an earlier run offered; `looks_around`: whether servers that run here are offered. Raises WizardError for a path
    whose answers cannot be read. Until `begin` it is not `ready`: it knows no Plan, and answers given meanwhile are
    kept for it.
    """

    history: History
    host: Host

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
        self.source = source
        self.demo = demo
        self.opened = opened
        """The path it begins with (then it begins at the overview), or the server that was looked at."""
        self.looks_around = looks_around and opened is None
        self._there: Entry | None = None
        """The answers that what was opened amounts to."""
        self.server = given.server if given else demo or registry.preferred("FIRST")
        """The server it begins with."""
        self.base = opened.base if opened else source.parent if source else Path.cwd()
        """Relative paths start here."""
        self.target = ""
        """The folder for the files, as it was typed; "" = the usual one."""
        self.given = given is not None or bool(demo)
        """Whether there are answers to begin with."""
        self.ready = False
        self.autosave = Autosave(opened.path if opened else source, bool(demo), drafts)
        self.outcome: Outcome | None = None
        """What was written last."""
        self.visited: set[str] = set()
        """Ids of the steps that were seen."""
        self.engine: EngineState | None = None
        """What is known of the container engine; None = nothing yet, or it cannot be known."""
        self.left_over: dict[tuple[str, str], str] = {}
        """(step, field) -> what was typed there and cannot stand."""
        self.listing = ""
        """Id of the step whose list is asked although it is empty, because its first entry is about to be typed."""
        self.on_change: Callable[[], None] = lambda: None
        """Called after every change of the Plan."""
        self._given = given
        self._views = Views()
        self._early: list[tuple[Answer, str]] = []

    def load(self) -> Beginning:
        """Everything the first question does not need, for `begin`. Slow: may run in another thread."""
        return beginning.prepare(self._given, self.server, bool(self.demo), self.base)

    def begin(self, found: Beginning) -> None:
        """Be ready; answers given meanwhile are set."""
        self.host = found.host
        for (path, server), report in found.reports.items():
            self._views.found(path, server, report)
        names = frozenset(model.name for model in found.plan.models) if self.demo else frozenset[str]()
        given = self._given is not None and not self.demo
        origins = Origins("file" if given else "default", derived=names)
        if self.opened is not None and self.opened.kind == "model":
            typed = frozenset(model.name for model in found.plan.models)
            origins = Origins("default", (("models", "you"),), derived=typed)
        self.history = History.begin(found.plan, origins)
        self._there = self.history.now if self.opened is not None and self.opened.kind != "model" else None
        self.ready = True
        early, self._early = self._early, []
        for answer, step_id in early:
            self.propose(answer, step_id)
        self.on_change()

    def resume(self) -> str:
        """Put the answers of the draft that is offered, as one answer that can be undone."""
        draft, self.autosave.offered = self.autosave.offered, None
        if draft is None:
            return ""
        from wizard.exposure.findings.acceptance import in_full

        try:
            plan = in_full(draft.plan(), self.host)
            self.view_of(plan)
        except (ValueError, WizardError):
            return "This version cannot read that draft."
        self.base = draft.base
        self._views.forget()
        entry = Entry(plan, f"the draft of {draft.day()}", "start", Origins.of_data(draft.origins))
        self._set(self.history.add(entry))
        return ""

    def look_at(self, opened: Opened) -> str:
        """Put what a server that runs here amounts to, as one answer that can be undone; or say why it cannot be."""
        from wizard.exposure.findings.acceptance import in_full

        try:
            plan = in_full(opened.plan(), self.host)
            self.view_of(plan)
        except (ValueError, WizardError) as problem:
            return str(problem).partition("\n")[0]
        self.opened, self.base = opened, opened.base
        self._views.forget()
        self._there = Entry(plan, opened.words, "start", Origins("file"))
        self._set(self.history.add(self._there))
        return ""

    @property
    def there(self) -> Plan | None:
        """What the set-up that was opened amounts to; None where there is none, or where it was undone."""
        entries = self.history.entries[: self.history.at + 1]
        return self._there.plan if self._there and any(each is self._there for each in entries) else None

    @property
    def plan(self) -> Plan:
        """The answers so far."""
        return self.history.now.plan

    @property
    def complete(self) -> Plan:
        """The answers with defaults filled in, as the questions show them."""
        return self.view.deployment.plan

    @property
    def origins(self) -> Origins:
        """Where each answer comes from."""
        return self.history.now.origins

    @property
    def view(self) -> View:
        """Everything that follows from the answers so far."""
        return self.view_of(self.plan)

    def view_of(self, plan: Plan) -> View:
        """Everything that follows from a Plan. Raises WizardError for one that cannot be resolved at all."""
        return self._views.of(plan, self.host, self.base)

    def candidate(self, answer: Answer, step_id: str = "") -> Entry | str:
        """What the history would say after an answer; or one sentence why it cannot stand."""
        if not self.ready:
            return LOADING
        plan, problem = try_changes(self.plan, (*answer.changes, *answer.proposed))
        if plan is None:
            return problem
        plan, origins = model.follow_paths(self.plan, plan, self.origins.after(answer), self._suggested)
        try:
            plan, origins = cors.let_tokens_pass(plan, origins)
            self.view_of(plan)
        except WizardError as error:
            return error.title
        except ModuleNotFoundError as error:
            return f"This part of the program is missing: {error.name}."
        return Entry(plan, answer.label, step_id, origins)

    def preview(self, answer: Answer | None = None) -> Preview:
        """What an answer would mean; without one, what there is."""
        if not self.ready:
            return Preview()
        if answer is None:
            return Preview(self.view)
        entry = self.candidate(answer)
        if isinstance(entry, str):
            return Preview(self.view, answer=answer, problem=entry)
        from wizard.exposure.comparison import compare

        after = self.view_of(entry.plan)
        return Preview(self.view, after, compare(self.view, after), answer)

    def effect(self, since: int) -> Preview | None:
        """What the last answer has done, compared with before; None unless it was given after the first `since`."""
        entries, at = self.history.entries, self.history.at
        if not (since <= at == len(entries) - 1):
            return None
        from wizard.exposure.comparison import compare

        before, now = self.view_of(entries[at - 1].plan), self.view
        answer = Answer((), entries[at].label)
        return Preview(before, now, compare(before, now), answer, given=True)

    def propose(self, answer: Answer, step_id: str = "") -> str:
        """Give an answer; it is refused if the Plan or a file cannot hold it."""
        if not self.ready:
            self._early.append((answer, step_id))
            return ""
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
        """Apply the first fix of what is shown, together with the answer that is looked at."""
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
        """Undo the last answer; its name, "" = there is none."""
        label = self.history.now.label
        return label if self._set(self.history.undo()) else ""

    def redo(self) -> str:
        """Redo the answer that was undone last; its name, "" = there is none."""
        return self.history.now.label if self._set(self.history.redo()) else ""

    def go(self, at: int) -> str:
        """Go to any answer of the history; its name, "" = it is the present one."""
        return self.history.now.label if self._set(self.history.go(at)) else ""

    def _set(self, history: History) -> bool:
        if history == self.history:
            return False
        self.history = history
        self.autosave.changed(self.plan, self.base, self.origins)
        self.on_change()
        return True

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step these answers ask for; before it is ready, those that are always asked."""
        return flow(self.complete if self.ready else None)

    def step(self, step_id: str) -> Step:
        """The step of that id; one that is not asked any more is the last one before it in its group."""
        return self.steps[place(self.steps, step_id)]

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
        """What must be settled before going on from a step, "" = nothing."""
        if not self.ready:
            return LOADING
        if step.id in ("review", "write"):
            if self.broken:
                return "Something cannot work yet: fix what is marked ✗."
            return "Confirm what is marked ▲ by typing its word, or press esc to go back." if self.waiting else ""
        return next(iter(problems(step, self.complete)), "")

    @property
    def broken(self) -> tuple[Finding, ...]:
        """What cannot work with these answers."""
        return tuple(finding for finding in self.view.findings if finding.severity == "functional")

    @property
    def waiting(self) -> tuple[Fact, ...]:
        """What a person must confirm deliberately and has not: one entry, and one word, for each fact."""
        from wizard.exposure.findings import waiting
        from wizard.exposure.findings.facts import facts
        from wizard.exposure.findings.folding import fold

        return facts(fold(waiting(self.view.findings, self.plan.accepted), self.view.several))

    @property
    def accepted(self) -> tuple[Folded, ...]:
        """What was confirmed."""
        from wizard.exposure.findings.folding import fold

        return fold([f for f in self.view.findings if f.name in self.plan.accepted], self.view.several)

    def is_accepted(self, folded: Folded) -> bool:
        """Whether every finding that a sentence stands for was confirmed."""
        return set(folded.names) <= set(self.plan.accepted)

    def acceptance(self, fact: Fact, typed: str) -> Answer:
        """The answer that confirms a fact. Raises ValueError with a sentence unless its word was typed."""
        if typed.strip().lower() != fact.word:
            raise ValueError(f"type {fact.word} to accept this, or go back and choose otherwise")
        accepted = (("accepted", [*self.plan.accepted, *fact.names]),)
        return Answer(accepted, f"Accepted {', '.join(side.finding.id for side in fact.sides)}")

    def report(self, path: str) -> ModelReport | None:
        """What is at a model path, as far as it was looked into."""
        return self._views.report(path, self.plan.server)

    @property
    def unseen(self) -> tuple[tuple[str, str], ...]:
        """(path, server) of the models that were not looked into yet."""
        return self._views.missing(self.plan) if self.ready else ()

    def inspect(self, path: str, server: str) -> ModelReport:
        """Look into a model path, for `found`. May be slow: may run in another thread."""
        return beginning.inspect(path, server, self.base)

    def found(self, path: str, server: str, report: ModelReport) -> bool:
        """A model path was looked into: it counts from now on. Whether it is news."""
        return self._views.found(path, server, report)

    def path_answer(self, index: int, path: str, as_version: int | None = None) -> Answer:
        """The answer that a path stands for: of a model by its place, of a new one after the last, or of none."""
        return model.path_answer(self.plan, index, path.strip(), self._suggested, as_version)

    def remove_model(self, index: int, step_id: str) -> str:
        """Take a model away by its place; the only one stays, since something must be served."""
        if len(self.plan.models) < 2:
            return "It is the only model; type another path instead."
        return self.propose(self.path_answer(index, ""), step_id)

    def mend(self, aid: Aid) -> str:
        """Set the answer that first aid names, where it names one."""
        return self.propose(Answer(aid.patch, f"first aid: {aid.title}"), aid.step) if aid.patch else ""

    def path_fix(self, index: int, fix: PathFix) -> Answer:
        """The answer that a fix of a path stands for."""
        if fix.kind == "server":
            return Answer((("server", fix.server), ("version", "")), fix.label)
        staged = fix.version if fix.kind == "stage" else None
        return self.path_answer(index, str(fix.path), staged)._replace(label=fix.label)

    def model_fields(self, index: int) -> tuple[Field, ...]:
        """The questions about one model, by its place in the Plan; the place after the last is a new one."""
        models = self.plan.models
        report = self.report(models[index].path) if index < len(models) else None
        return model.fields(self.complete, index, report.numbers if report else ())

    def _suggested(self, path: str) -> str:
        report = self.report(path)
        return report.name if report else model.name_from(path)

    def written(self, outcome: Outcome) -> None:
        """The files were written: the draft has done its work. A token nobody saw yet is still to be shown."""
        former = self.outcome
        unseen = former.new_tokens if former and former.target == outcome.target else ()
        tokens = tuple(dict.fromkeys((*unseen, *outcome.new_tokens)))
        self.outcome = replace(outcome, new_tokens=tokens)
        self.autosave.discard()
