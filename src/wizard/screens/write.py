"""The Write step: where the files go, what would happen to each, and writing them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from textual import work
from textual.app import ComposeResult
from textual.message import Message

from wizard.errors import WizardError
from wizard.screens.base import StepScreen
from wizard.screens.model import path_completion
from wizard.screens.waiting import still_wanted
from wizard.session.steps.base import Changes, Field, Option
from wizard.widgets.cycle import Cycle
from wizard.widgets.flow import Flow, Lines, clipped, text, wrapped
from wizard.widgets.messages import PlanChange
from wizard.widgets.pane import Pane
from wizard.widgets.typed import Line, Typed

if TYPE_CHECKING:
    from wizard.exposure.comparison import FileChange
    from wizard.machine.files import WriteResult, Written
    from wizard.machine.project import Project
    from wizard.plan import Plan

_ACTIONS = {
    "create": ("+ new", "$text-success"),
    "update": ("~ replaced", "$text-warning"),
    "unchanged": ("  unchanged", "$foreground-muted"),
}


class Planned(Message):
    """What writing to a folder would do. Carries the question."""

    def __init__(
        self,
        target: str,
        project: Project | None = None,
        files: tuple[Written, ...] = (),
        changes: tuple[FileChange, ...] = (),
        problem: str = "",
    ) -> None:
        super().__init__()
        self.changes = changes
        self.target = target
        self.project = project
        self.files = files
        self.problem = problem


class TargetField(Typed):
    """The folder. It is no part of the Plan."""

    def changes(self, value: str) -> Changes:
        del value
        return ()

    def pending(self) -> Changes:
        return ()

    def on_line_edited(self, event: Line.Edited) -> None:
        """Look at the folder that is being typed."""
        if isinstance(self.screen, WriteScreen):
            self.screen.look(event.value)


class WriteScreen(StepScreen):
    """Next writes; nothing is written before."""

    _planned: Planned | None = None
    _asked = ""
    _next_when_planned = False
    policy: Literal["backup", "fail"] = "backup"

    def compose_form(self) -> ComposeResult:
        yield TargetField(Field("target", "text", "Folder", "made if it is not there", value=self._usual_target()))
        yield Cycle(self._policy_field())
        yield Flow(self._file_lines, id="files")

    def _usual_target(self) -> str:
        if self.wizard.outcome:
            return str(self.wizard.outcome.target)
        if self.wizard.source:
            return str(self.wizard.source.parent)
        models = self.wizard.plan.models if self.wizard.plan else ()
        return f"./serving-{models[0].name}" if models else "./serving"

    def _policy_field(self) -> Field:
        options = (
            Option("backup", "keep a copy", "of every file that would be replaced"),
            Option("fail", "write nothing", "if a file would be replaced"),
        )
        return Field("policy", "cycle", "If files exist", options=options, chosen=(self.policy,))

    def on_mount(self) -> None:
        """Complete folders; look at the usual one."""
        self.query_one(TargetField).line.completion = path_completion(self.wizard.base)
        self.query_one(Pane).show_tab("Files")

    def show_plan(self, plan: Plan) -> None:
        del plan
        self.look(self.target)

    def on_plan_change(self, message: PlanChange) -> None:
        """The policy is no part of the Plan."""
        message.stop()
        self.policy = "fail" if self.policy == "backup" else "backup"
        self.query_one(Cycle).load(self._policy_field())

    @property
    def target(self) -> str:
        """The folder as typed."""
        fields = self.query(TargetField)
        return fields.first(TargetField).line.value.strip() if fields else ""

    def look(self, target: str) -> None:
        """Find out what writing to a folder would do, in the background."""
        self._asked = target.strip()
        if self._asked and self.wizard.plan is not None:
            self._plan(self._asked, self.wizard.plan)

    def _folder(self, target: str) -> Path:
        return (self.wizard.base / Path(target).expanduser()).absolute()

    @work(thread=True, exclusive=True, group="plan")
    def _plan(self, target: str, plan: Plan) -> None:
        if not still_wanted():
            return
        from wizard.machine import project

        try:
            made = project.prepare(plan, self.wizard.base, self._folder(target), self.wizard.host)
            self.post_message(Planned(target, made, project.planned(made), _on_disk(made)))
        except (WizardError, OSError) as error:
            self.post_message(Planned(target, problem=str(error)))

    def on_planned(self, message: Planned) -> None:
        """Show it, unless another folder was typed meanwhile."""
        if message.target == self._asked:
            self._planned = message
            self.query_one("#files", Flow).redraw()
            self.query_one(Pane).show_disk(message.changes)
            self._show_bars()
            self.refresh_pane()
            if self._next_when_planned:
                self._next_when_planned = False
                self.action_next()

    def next_words(self) -> str:
        changed = [f for f in self._planned.files if f.action != "unchanged"] if self._planned else []
        if self._planned is None or self._planned.problem:
            return "Write"
        return f"Write {len(changed)} files" if changed else "Nothing to write, go on"

    def _file_lines(self, width: int) -> Lines:
        planned = self._planned
        if planned is None:
            return [text("Looking …", "$foreground-muted")]
        if planned.problem:
            return wrapped(planned.problem.replace("\n", " "), width, "", text("✗ ", "bold $text-error"), 2)
        lines: Lines = []
        for file in planned.files:
            word, style = _ACTIONS[file.action]
            line = text(f"{word:<13}", style) + text(file.path) + text(f"  {file.bytes} bytes", "$foreground-muted")
            lines.append(clipped(line, width))
        return lines

    def action_next(self) -> None:
        planned = self._planned
        if planned is None or planned.target != self.target:
            self._next_when_planned = True
            self.say("One moment: looking at the folder.")
            return
        if planned.project is None:
            self.say(planned.problem.partition("\n")[0])
            return
        self._write(planned.project, self.policy)

    @work(thread=True, exclusive=True, group="write")
    def _write(self, made: Project, policy: Literal["backup", "fail"]) -> None:
        from wizard.machine import project

        try:
            result = project.write(made, policy)
        except WizardError as error:
            self.app.call_from_thread(self.say, error.title)
            return
        self.app.call_from_thread(self._done, made, result)

    def _done(self, made: Project, result: WriteResult) -> None:
        from wizard.session.written import Outcome

        paths = tuple(file.path for file in result.files)
        self.wizard.keeper.written()
        former = self.wizard.outcome
        unseen = former.new_tokens if former and former.target == made.target else ()
        new = tuple(dict.fromkeys((*unseen, *result.new_tokens)))
        self.wizard.outcome = Outcome(made.plan, made.target, paths, _next_commands(made), new)
        kept = f"\nThe former files are in {result.backup}" if result.backup else ""
        self.notify(f"{len(paths)} files in {made.target}{kept}", title="Written", timeout=4)
        self.look(self.target)
        super().action_next()


def _on_disk(made: Project) -> tuple[FileChange, ...]:
    """What would change on the disk, with the text that is there now."""
    from wizard.exposure.comparison import file_changes
    from wizard.machine.files import read_set
    from wizard.servers.contract import Block, ConfigFile

    texts = read_set([file.path for file in made.files], made.target)
    there = tuple(ConfigFile(path, (Block(text),)) for path, text in texts.items())
    return file_changes(there, made.files)


def _next_commands(made: Project) -> tuple[str, ...]:
    from wizard.formats.shell import sh

    folder = sh(str(made.target))
    start = f"cd {folder} && docker compose up" if made.plan.run.how == "docker" else f"{folder}/run.sh"
    return (start, f"serving-wizard try {folder}")
