"""The Model step: a path, what is found there, and mistakes that one key can fix."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input

from wizard.machine.completion import complete, fitting, spelt, typed_path
from wizard.screens.base import StepScreen
from wizard.screens.browse import BrowseScreen
from wizard.screens.models import ModelList, ModelLooked, ModelRow, Picked
from wizard.screens.while_typing import still_wanted
from wizard.session.steps.base import Answer, Field
from wizard.widgets.field import FieldWidget
from wizard.widgets.flow import Flow, Lines, text
from wizard.widgets.hints import KeyHint
from wizard.widgets.report import report_lines
from wizard.widgets.typed import Line, Typed

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.models.report import ModelReport, PathFix


class PathField(Typed):
    """The path of a model. Typing it names the model too."""

    def answer(self, value: str) -> Answer | None:
        screen = self.screen
        return screen.session.path_answer(screen.index, value) if isinstance(screen, ModelScreen) else None

    def put(self, path: str) -> None:
        """Set a path that was chosen elsewhere, as if it had been typed."""
        self.line.value = path
        self.line.cursor_position = len(path)
        self.line.focus()

    def on_line_edited(self, event: Line.Edited) -> None:
        """Look into the path being typed."""
        if isinstance(self.screen, ModelScreen):
            self.screen.look(event.value)

    def on_mount(self) -> None:
        """Offer completion."""
        screen = self.screen
        if isinstance(screen, ModelScreen):
            self.line.completion = partial(complete, base=screen.session.base)
            self.line.fitting = partial(fitting, base=screen.session.base)


class ModelScreen(StepScreen):
    """Looks into the path while it is typed. With several models, the fields are about the one selected in the list."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f3", "browse", "Browse for a model", id="browse"),
        Binding("f4", "add", "Add another model", id="add"),
        Binding("f9", "remove", "Remove this model", id="remove"),
    ]
    report: ModelReport | None = None
    """What was found at the present path; None = not known yet."""
    asked = ""
    _drawn: ModelReport | None = None
    _at = 0
    _adding = False
    _count = 0
    _goes_on = False
    """Enter was pressed, but it is not known yet what is at the path."""

    @property
    def index(self) -> int:
        """The position in the Plan of the model being edited; one after the last is a new one."""
        count = len(self.session.plan.models)
        return count if self._adding else min(self._at, max(0, count - 1))

    def compose_form(self) -> ComposeResult:
        # What could not stand when the step was left belongs to the model that was edited then.
        self._at = int(self.session.uncommitted.get((self.step.id, ""), "0"))
        self._count = len(self.session.plan.models)
        path, *others = self.fields()
        listed = ModelList(id="models")
        listed.show(self._rows(), self.index)
        yield listed
        yield self.make(path)
        yield Flow(self._report_lines, id="report")
        for field in others:
            yield self.make(field)

    def fields(self) -> tuple[Field, ...]:
        return self.session.model_fields(self.index)

    def _rows(self) -> tuple[ModelRow, ...]:
        found = ((model, self.session.report(model.path)) for model in self.session.plan.models)
        return tuple(ModelRow(model.name, model.path, report.usable if report else None) for model, report in found)

    def widget_for(self, field: Field) -> FieldWidget:
        return PathField(field) if field.id == "path" else super().widget_for(field)

    def show_plan(self) -> None:
        plan = self.session.plan
        if self._adding and len(plan.models) > self._count:
            self._adding, self._at = False, len(plan.models) - 1
        self._adding = self._adding and bool(plan.models)
        self._count = len(plan.models)
        self._show_models()
        super().show_plan()
        for line in self.query(Line):
            if not line.has_focus:
                line.cursor_position = len(line.value)
        lines = self.query("#field-path Line").results(Input)
        # The screen may be told of the Plan before its lines are made.
        index = self.index
        stands = plan.models[index].path if index < len(plan.models) else ""
        self.look(next((line.value for line in lines), stands))
        self._go_on()

    def _show_models(self) -> None:
        for listed in self.query(ModelList):
            gone = listed.has_focus
            listed.show(self._rows(), self.index)
            if gone and not listed.display:
                self.action_edit()

    def action_edit(self) -> None:
        """Go to the path of the selected model, as soon as its line exists."""
        found = next(self.query("#field-path Line").results(Line), None)
        if found is not None:
            found.focus()
        elif self.is_attached:
            self.call_after_refresh(self.action_edit)

    def keys_here(self) -> tuple[KeyHint, ...]:
        hints = super().keys_here()
        if self.focused is not None and self.focused.id == "pane-body":
            return hints
        count = len(self.session.plan.models)
        may_add = (count or self.asked) and not self._adding
        more = (
            KeyHint("browse", "browse"),
            *((KeyHint("add", "add a model", "add", droppable=2),) if may_add else ()),
            *((KeyHint("remove", "remove", droppable=1),) if count > 1 or self._adding else ()),
        )
        if isinstance(self.focused, ModelList):
            rest = tuple(hint for hint in hints if hint.on not in ("up,down", "enter", "help"))
            own = (KeyHint("up,down", "which model", "pick", 1), KeyHint("space", "edit"))
            return (*own, *more, KeyHint("enter", "next"), *rest)
        return (hints[0], *more, *hints[1:])

    def on_picked(self, message: Picked) -> None:
        """Edit another model, unless what was typed for this one is refused."""
        message.stop()
        self.pick(message.index)

    def pick(self, index: int) -> bool:
        """Edit the model at a position, the one after the last being new; False if this one must be fixed first."""
        if not self.commit_fields():
            return False
        count = len(self.session.plan.models)
        self._adding, self._at = index >= count, min(index, max(0, count - 1))
        self._forget_typed()
        self.plan_changed()
        return True

    def _forget_typed(self) -> None:
        """The lines show what the Plan says about the selected model."""
        for widget, field in zip(self.query(FieldWidget).results(Typed), self._typed_fields(), strict=True):
            widget.line.value = field.value
            widget.refuse("")

    def _typed_fields(self) -> list[Field]:
        return [field for field in self.fields() if field.kind == "text"]

    def action_add(self) -> None:
        """The form for another model; what was typed for this one is set first."""
        if self._adding or not self.commit_fields():
            return
        count = len(self.session.plan.models)
        if not count:
            self.say("Choose the first model, then add another.")
        elif self.pick(count):
            self.action_edit()

    def action_remove(self) -> None:
        """Remove the model being edited; the only one stays."""
        models, index = self.session.plan.models, self.index
        if self._adding:
            self._adding = False
        else:
            self._at = max(0, min(index, len(models) - 2))
            problem = self.session.remove_model(index, self.step.id)
            self.say(problem)
            if problem:
                return
        self._forget_typed()
        self.plan_changed()

    def action_browse(self) -> None:
        """Browse for a model; the chosen one is put into the path field."""
        field = self.query_one("#field-path", PathField)
        base = self.session.base.absolute()
        taken = frozenset(path for model in self.session.plan.models if (path := typed_path(model.path, base)))

        def chosen(path: Path | None) -> None:
            if path is not None:
                field.put(spelt(path, base))

        self.app.push_screen(BrowseScreen(field.line.value, base, taken), chosen)

    def action_next(self) -> None:
        """Set what was typed, and go on once it is known what is at the path."""
        if self.session.ready and not self._anyway and self.commit_fields() and self.session.unseen:
            self._goes_on = True
            self.face.keyboard.hold()
        else:
            super().action_next()

    def _go_on(self) -> None:
        """What Enter waited for is known now."""
        if self._goes_on and not self.session.unseen:
            self._goes_on = False
            if self.is_current:
                super().action_next()
            self.face.keyboard.release()

    def action_back(self) -> None:
        """To the previous step; what was typed is still there on return, for the same model."""
        self.session.uncommitted[(self.step.id, "")] = str(self.index)
        super().action_back()

    def look(self, path: str) -> None:
        """Look into a path in the background, unless the result is known."""
        path = path.strip()
        server = self.session.plan.server
        if path == self.asked and self.report and self.report.server == server:
            return
        self.asked = path
        self.report = self.session.report(path)
        if path and self.report is None:
            # What was found before stays on the screen until there is an answer, so that nothing jumps.
            self._look(path, server)
        else:
            self._draw(self.report)

    def _draw(self, report: ModelReport | None) -> None:
        self._drawn = report
        self.query_one("#report", Flow).redraw()
        self.show_keys()

    @work(thread=True, exclusive=True, group="inspect")
    def _look(self, path: str, server: str) -> None:
        if still_wanted():
            self.post_message(ModelLooked(path, server, self.session.inspect(path, server)))

    def on_model_looked(self, message: ModelLooked) -> None:
        """Show it, unless something else was asked for meanwhile."""
        self.session.found(message.path, message.server, message.report)
        self.refresh_pane()
        if message.path == self.asked:
            self.report = message.report
            self._draw(message.report)
            self._show_models()
            super().show_plan()
            self._go_on()
            for field in self.query("#field-path").results(PathField):
                # A step that was just opened may not have its line yet.
                if field.query(Line) and field.line.value != field.field.value:
                    field.peek(field.line.value)

    def _report_lines(self, width: int) -> Lines:
        if not self.asked:
            return []
        if self._drawn is None:
            return [text("Looking …", "$foreground-muted")]
        return report_lines(self._drawn, width)

    @property
    def _path_fix(self) -> PathFix | None:
        return next(iter(self.report.fixes), None) if self.report else None

    @property
    def fix_label(self) -> str:
        return self._path_fix.label if self._path_fix else super().fix_label

    def action_fix(self) -> None:
        """The first fix for the path, else that of the pane."""
        fix = self._path_fix
        if fix is None:
            super().action_fix()
        else:
            self.say(self.session.propose(self.session.path_fix(self.index, fix), self.step.id))
