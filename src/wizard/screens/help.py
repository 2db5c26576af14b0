"""What is this? The thing under the cursor explained, with the evidence behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from wizard.widgets.flow import Flow, Lines, severity_head, text, wrapped

if TYPE_CHECKING:
    from wizard.compare import View
    from wizard.steps.base import Option, Step


class HelpScreen(ModalScreen[None]):
    """The question, the option, how it is done, and what is to be said against it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,f1,question_mark,b,q", "dismiss(None)", "Close", show=False)
    ]

    def __init__(self, step: Step, option: Option | None, view: View | None) -> None:
        super().__init__()
        self.step = step
        self.option = option
        self.view = view

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog"):
            yield Flow(self._lines)

    def on_mount(self) -> None:
        """Scrolling works at once."""
        self.query_one("#dialog").focus()
        self.query_one("#dialog").border_subtitle = "esc closes"

    def _lines(self, width: int) -> Lines:
        lines = wrapped(self.step.question, width, "bold $primary")
        lines += wrapped(self.step.help, width) if self.step.help else []
        if self.option:
            lines += [text(""), *wrapped(self.option.label, width, "bold")]
            lines += wrapped(self.option.hint, width) if self.option.hint else []
        return lines + self._how(width) + self._findings(width)

    def _how(self, width: int) -> Lines:
        from wizard.steps.how import LAYERS, how

        lines: Lines = []
        for decision in how(self.step, self.view.deployment) if self.view else ():
            lines += [text(""), *wrapped(f"How it is done: {LAYERS[decision.layer]}. {decision.reason}", width)]
            lines += wrapped(f"Source: {decision.fact}", width, "$foreground-muted")
        return lines

    def _findings(self, width: int) -> Lines:
        lines: Lines = []
        for finding in self.view.findings if self.view else ():
            lines += [text(""), *wrapped(finding.message, width, "bold", severity_head(finding), 2)]
            lines += wrapped(finding.why, width, "", "  ", 2)
            lines += wrapped(finding.instead, width, "", "  Instead: ", 2)
            lines += wrapped(f"Source: {', '.join(finding.evidence)}", width, "$foreground-muted", "  ", 2)
        return lines
