"""The CORS step: the origins, and a lab that shows what a browser would do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from wizard.cors.origins import canonical_origin, meant
from wizard.screens.base import StepScreen
from wizard.screens.key_hints import ADD, NEXT
from wizard.session import decisions
from wizard.session.steps.base import Field
from wizard.session.steps.bind import api_of
from wizard.session.steps.cors import EXAMPLE, to_try
from wizard.widgets.entries import Entries, EntryVerdict
from wizard.widgets.field import FieldWidget, labelled
from wizard.widgets.flow import Flow, Lines
from wizard.widgets.hints import KeyHint
from wizard.widgets.lab import lab_lines
from wizard.widgets.typed import Line

if TYPE_CHECKING:
    from wizard.session.session import Session
    from wizard.session.steps.base import Step


def judge_origin(typed: str) -> EntryVerdict:
    """What a browser makes of a typed origin."""
    found = canonical_origin(typed)
    kept = tuple((each.origin, each.typed, each.correction) for each in meant(typed))
    return EntryVerdict(found.value or "" if found.accepted else "", found.problem or "", kept)


class Lab(Vertical):
    """A page and a request to try; the verdict below updates with every key."""

    DEFAULT_CSS = """
    Lab { height: auto; }
    Lab #lab-form { height: auto; margin-bottom: 1; }
    """

    def compose(self) -> ComposeResult:
        with Vertical(id="lab-form"):
            yield LabLine("try a page", EXAMPLE, id="lab-page")
            yield LabLine("request", "POST", id="lab-method")
            yield LabLine("headers", "content-type", id="lab-headers")
        yield Flow(self._lines, id="lab-verdict")

    def value(self, name: str) -> str:
        """The text in a line, or its example."""
        line = self.query_one(f"#lab-{name}", LabLine).line
        return line.value.strip() or line.placeholder

    def on_line_edited(self, event: Line.Edited) -> None:
        """Judge again."""
        event.stop()
        self.judge()

    def judge(self) -> None:
        """Show the verdict for the present text."""
        self.query_one("#lab-verdict", Flow).redraw()

    def _lines(self, width: int) -> Lines:
        screen = self.screen
        if not isinstance(screen, CorsScreen):
            return []
        view = screen.preview.shown
        if view is None:
            return []
        rule = view.deployment.plan.cors_rule(api_of(screen.step))
        return lab_lines(
            view.deployment,
            api_of(screen.step),
            self.value("page"),
            self.value("method"),
            self.value("headers"),
            rule.credentials,
            width,
        )


class LabLine(Vertical):
    """A label and an input in one line."""

    DEFAULT_CSS = "LabLine { height: 1; }"

    def __init__(self, label: str, example: str, *, id: str) -> None:
        super().__init__(id=id)
        self.label = label
        self.example = example

    def compose(self) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Flow(lambda _: [labelled(self.label)], classes="label")
            yield Line(placeholder=self.example, compact=True)

    @property
    def line(self) -> Line:
        """The input."""
        return self.query_one(Line)


class CorsScreen(StepScreen):
    """Shows the list of origins when the first one is about to be typed or was announced, and adds the lab."""

    def __init__(self, session: Session, step: Step) -> None:
        super().__init__(session, step)
        if decisions.promised(session, step):
            session.listing = step.id

    def lab(self) -> Lab:
        """The lab for the pane."""
        return Lab(id="lab")

    def widget_for(self, field: Field) -> FieldWidget:
        return Entries(field, judge_origin) if field.kind == "list" else super().widget_for(field)

    def keys_here(self) -> tuple[KeyHint, ...]:
        """If valid text was typed, Enter adds it."""
        found = super().keys_here()
        entries = next((each for each in self.query(Entries) if each.has_focus_within), None)
        typed = entries.typed.strip() if entries is not None and entries.line.has_focus else ""
        if entries is None or not typed or not entries.judge(typed).kept:
            return found
        return tuple(ADD if hint == NEXT else hint for hint in found)

    def on_mount(self) -> None:
        """If the first origin is missing, start at its line."""
        super().on_mount()
        if self.session.listing == self.step.id:
            self.query_one("#field-origins", Entries).line.focus()

    def show_pane(self) -> None:
        super().show_pane()
        view, session = self.preview.shown, self.session
        api = api_of(self.step)
        answered = session.plan.cors_rule(api) if session.ready else None
        page, headers = to_try(answered, view.deployment.plan.cors_rule(api) if view else None)
        for lab in self.query(Lab):
            lab.query_one("#lab-page", LabLine).line.placeholder = page
            lab.query_one("#lab-headers", LabLine).line.placeholder = headers
            lab.judge()
