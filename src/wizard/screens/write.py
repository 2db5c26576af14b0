"""The Write step: where the files go, what would happen to each, and writing them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.app import ComposeResult

from wizard.machine.completion import complete, fitting
from wizard.screens.base import StepScreen
from wizard.screens.writing import FilesKnown, WritingPage
from wizard.session.steps.base import Field, Option
from wizard.session.writing import POLICIES, Policy, usual_target
from wizard.widgets.cycle import Cycle
from wizard.widgets.flow import Flow, Lines, clipped, text, wrapped
from wizard.widgets.messages import PlanChange
from wizard.widgets.pane import Pane
from wizard.widgets.typed import Line, Typed

if TYPE_CHECKING:
    from wizard.machine.files import Written
    from wizard.session.written import WrittenProject

_ACTIONS = {
    "create": ("+ new", "$text-success"),
    "update": ("~ replaced", "$text-warning"),
    "unchanged": ("  unchanged", "$foreground-muted"),
    "remove": ("- moved away", "$text-warning"),
    "left": ("  stays", "$foreground-muted"),
}


def _counted(files: tuple[Written, ...], width: int) -> Lines:
    """How many files are new, replaced and so on, with the names of those that were there and will differ.

    For small terminals: the pane beneath lists all of them, and the way on must not be pushed out of sight.
    """
    parts = []
    for action, (word, _) in _ACTIONS.items():
        names = [file.path for file in files if file.action == action]
        known = f": {', '.join(names)}" if action not in ("create", "unchanged") else ""
        if names:
            parts.append(f"{len(names)} {word[2:]}{known}")
    return wrapped(" · ".join(parts), width, "", text(f"{'Files':<13}", "$foreground-muted"), 13)


class TargetField(Typed):
    """The folder. It is not part of the Plan."""

    def answer(self, value: str) -> None:
        del value

    def pending(self) -> None:
        return None

    def on_line_edited(self, event: Line.Edited) -> None:
        """Examine the folder being typed."""
        if isinstance(self.screen, WriteScreen):
            self.screen.look(event.value)


class WriteScreen(StepScreen, WritingPage):  # styles follow the first base
    """Next writes the files; nothing is written before."""

    _looked: FilesKnown | None = None
    _asked = ""
    _next_when_looked = False
    policy: Policy = "backup"

    def compose_form(self) -> ComposeResult:
        yield TargetField(
            Field("target", "text", "Folder", "created if it does not exist", value=usual_target(self.session))
        )
        yield Cycle(self._policy_field())
        yield Flow(self._file_lines, id="files")

    def _policy_field(self) -> Field:
        options = tuple(Option(*policy) for policy in POLICIES)
        return Field("policy", "cycle", "Old files", options=options, chosen=(self.policy,))

    def on_mount(self) -> None:
        """Complete folders; examine the default one."""
        line = self.query_one(TargetField).line
        line.completion = partial(complete, base=self.session.base)
        line.fitting = partial(fitting, base=self.session.base)
        self.query_one(Pane).show_tab("Files")

    def show_plan(self) -> None:
        self.look(self.target)

    def on_plan_change(self, message: PlanChange) -> None:
        """The policy is not part of the Plan."""
        message.stop()
        self.policy = next(policy for policy, _, _ in POLICIES if policy != self.policy)
        self.query_one(Cycle).load(self._policy_field())

    @property
    def target(self) -> str:
        """The folder as typed."""
        fields = self.query(TargetField)
        return fields.first(TargetField).line.value.strip() if fields else ""

    def look(self, target: str) -> None:
        """Find out what writing to a folder would do, in the background."""
        self._asked = self.session.target = target.strip()
        if self._asked:
            self.look_at_files(self._asked, at_once=False)

    def on_files_known(self, message: FilesKnown) -> None:
        """Show it, unless another folder was typed meanwhile."""
        if message.target == self._asked:
            self._looked = message
            self.query_one("#files", Flow).redraw()
            self.query_one(Pane).show_disk(message.planned.changes if message.planned else ())
            self._show_bars()
            self.refresh_pane()
            if self._next_when_looked:
                self._next_when_looked = False
                self.action_next()
                self.face.keyboard.release()

    def next_words(self) -> str:
        planned = self._looked.planned if self._looked else None
        if self.session.missing(self.step):
            return "Review first"
        if planned is None:
            return "Write"
        return f"{planned.way_on[0].upper()}{planned.way_on[1:]}"

    def _file_lines(self, width: int) -> Lines:
        looked = self._looked
        if looked is None:
            return [text("Looking …", "$foreground-muted")]
        if looked.planned is None:
            return wrapped(looked.problem.replace("\n", " "), width, "", text("✗ ", "bold $text-error"), 2)
        if self.has_class("-narrow"):
            return _counted(looked.planned.files, width)
        lines: Lines = []
        for file in looked.planned.files:
            word, style = _ACTIONS[file.action]
            line = text(f"{word:<13}", style) + text(file.path) + text(f"  {file.bytes} bytes", "$foreground-muted")
            lines.append(clipped(line, width))
        return lines

    def _fits(self, looked: FilesKnown) -> bool:
        """Whether the present answers and folder were examined."""
        return looked.target == self.target and (not looked.planned or looked.planned.plan is self.session.plan)

    def action_next(self) -> None:
        looked = self._looked
        if self.session.missing(self.step):
            self.face.go_to(self.session.step("review"))
        elif looked is None or not self._fits(looked):
            if not self._next_when_looked:
                self._next_when_looked = True
                self.face.keyboard.hold()
            self.tell_wait("One moment: looking at the folder.")
        elif looked.planned is None:
            self.say(looked.reason)
        else:
            self.write_files(looked.planned, self.policy)

    def look_again(self) -> None:
        self.look(self.target)

    def after_writing(self, outcome: WrittenProject) -> None:
        del outcome  # the page that follows says it
        self.look(self.target)
        super().action_next()
