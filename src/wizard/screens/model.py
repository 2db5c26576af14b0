"""The Model step: a path, what is found there, and the mistakes that can be mended with one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.app import ComposeResult
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input

from wizard.screens.base import StepScreen
from wizard.screens.waiting import still_wanted
from wizard.steps import model as questions
from wizard.steps.base import Changes, Field
from wizard.widgets.field import FieldWidget
from wizard.widgets.flow import Flow, Lines, text
from wizard.widgets.typed import Line, Typed

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.models.report import ModelReport
    from wizard.plan import Plan


class Inspected(Message):
    """A path was looked into. Carries the question, so that a late answer can be told."""

    def __init__(self, path: str, server: str, report: ModelReport) -> None:
        super().__init__()
        self.path = path
        self.server = server
        self.report = report


class PathSuggester(Suggester):
    """Completes the path with what is on the disk."""

    def __init__(self, base: Path) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self.base = base

    async def get_suggestion(self, value: str) -> str | None:
        from wizard.services.completion import complete

        return complete(value, self.base) or None


class PathField(Typed):
    """The path of a model. Typing it names the model too."""

    def changes(self, value: str) -> Changes:
        screen = self.screen
        if not isinstance(screen, ModelScreen) or screen.wizard.plan is None:
            return ()
        report = screen.report if screen.asked == value.strip() else None
        name = report.suggested_name if report else questions.name_from(value)
        return questions.path_changes(screen.wizard.plan, 0, value, name)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Look into what is being typed."""
        if isinstance(self.screen, ModelScreen):
            self.screen.look(event.value)

    def on_mount(self) -> None:
        """Offer completion."""
        screen = self.screen
        if isinstance(screen, ModelScreen):
            self.line.suggester = PathSuggester(screen.wizard.base)


class ModelScreen(StepScreen):
    """Looks into the path while it is typed."""

    report: ModelReport | None = None
    """What was found at the path that stands there; None = not known yet."""
    asked = ""
    _drawn: ModelReport | None = None

    def compose_form(self) -> ComposeResult:
        path, *others = self.step_fields()
        yield self.make(path)
        yield Flow(self._report_lines, id="report")
        for field in others:
            yield self.make(field)

    def widget_for(self, field: Field) -> FieldWidget:
        return PathField(field) if field.id == "path" else super().widget_for(field)

    def show_plan(self, plan: Plan) -> None:
        super().show_plan(plan)
        lines = self.query("#field-path Line").results(Input)
        # The screen may be told of the Plan before its lines are made.
        self.look(next((line.value for line in lines), plan.models[0].path if plan.models else ""))

    def look(self, path: str) -> None:
        """Look into a path in the background, unless that is known."""
        path = path.strip()
        plan = self.wizard.plan
        if plan is None or (path == self.asked and self.report and self.report.server == plan.server):
            return
        self.asked = path
        self.report = self.wizard.reports.get((path, plan.server))
        if path and self.report is None:
            # What was found before stays on the screen until there is an answer, so that nothing jumps.
            self._inspect(path, plan.server)
        else:
            self._draw(self.report)

    def _draw(self, report: ModelReport | None) -> None:
        self._drawn = report
        self.query_one("#report", Flow).redraw()

    @work(thread=True, exclusive=True, group="inspect")
    def _inspect(self, path: str, server: str) -> None:
        if not still_wanted():
            return
        from wizard.loading import inspect

        self.post_message(Inspected(path, server, inspect(path, server, self.wizard.base)))

    def on_inspected(self, message: Inspected) -> None:
        """Show it, unless something else was asked meanwhile."""
        self.wizard.add_report(message.path, message.server, message.report)
        if message.path == self.asked:
            self.report = message.report
            self._draw(message.report)
            for field in self.query("#field-path").results(PathField):
                # A step that was just opened may not have its line yet.
                if field.query(Line) and field.line.value != field.field.value:
                    field.peek(field.line.value)

    def _report_lines(self, width: int) -> Lines:
        if not self.asked:
            return []
        if self._drawn is None:
            return [text("Looking …", "$foreground-muted")]
        from wizard.widgets.report import report_lines

        return report_lines(self._drawn, width)

    def action_fix(self) -> None:
        """The first fix of the path, else of the pane."""
        plan = self.wizard.plan
        fix = next(iter(self.report.fixes), None) if self.report else None
        if fix is None or plan is None:
            super().action_fix()
            return
        from wizard.services.modelcheck import fix_patch

        if fix.kind != "server" and not plan.models:
            changes = questions.path_changes(plan, 0, str(fix.path), questions.name_from(str(fix.path)))
        else:
            changes = fix_patch(0, fix)
        problem = self.wizard.propose(changes, fix.label)
        self.say(problem)
