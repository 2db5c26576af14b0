"""Two starting points compared: what the second adds and removes, and who could reach what with each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll

from wizard.comparison.plans import compare
from wizard.errors import WizardError
from wizard.exposure.summary import paragraph
from wizard.screens.dialog import Dialog
from wizard.screens.page import say_there
from wizard.session.starting_points import starting_points
from wizard.widgets.flow import GAIN, Flow, Lines, text, wrapped
from wizard.widgets.implications import short
from wizard.widgets.reach_table import reach_table

if TYPE_CHECKING:
    from textual.app import App

    from wizard.comparison.view import View
    from wizard.session.session import Session
    from wizard.session.steps.base import Answer


class ComparingScreen(Dialog["Answer | None"]):
    """Both sides are chosen from the presets and the present answers.

    Dismissed with the second one, to start from it.
    """

    CSS = """
    ComparingScreen #difference { padding-right: 1; }
    ComparingScreen #dialog { width: 96%; max-width: 150; height: 92%; max-height: 92%; }
    ComparingScreen #sides { height: auto; margin-top: 1; }
    ComparingScreen #sides Flow { width: 1fr; padding-right: 2; }
    """
    frame_keys = (
        "←→ second   , . first   ↑↓ scroll   enter begin with the second   esc close",
        "←→ second  , . first  enter begin with it  esc close",
        "←→ , . turn  enter begin  esc close",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Close", show=False),
        Binding("left", "turn(1, -1)", show=False, priority=True),
        Binding("right", "turn(1, 1)", show=False, priority=True),
        Binding("shift+left,comma", "turn(0, -1)", show=False, priority=True),
        Binding("shift+right,full_stop", "turn(0, 1)", show=False, priority=True),
        Binding("enter", "take", show=False),
    ]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.options = starting_points(session)
        self.views: dict[str, View | str] = {}
        self.chosen = [0, min(1, len(self.options) - 1)]

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog"):
            yield Flow(self._difference, id="difference")
            with Horizontal(id="sides"):
                yield Flow(lambda width: self._side(0, width), id="left")
                yield Flow(lambda width: self._side(1, width), id="right")

    def on_mount(self) -> None:
        """Title and keys on the frame."""
        dialog = self.query_one("#dialog")
        dialog.border_title = "Compare two starting points"
        dialog.focus()

    def action_turn(self, side: int, step: int) -> None:
        """Choose another starting point for one side."""
        self.chosen[side] = (self.chosen[side] + step) % len(self.options)
        for name in ("difference", "left", "right"):
            self.query_one(f"#{name}", Flow).redraw()

    def action_take(self) -> None:
        """Start from the one on the right."""
        self.dismiss(self.options[self.chosen[1]].answer)

    def _view(self, side: int) -> View | str:
        """Everything about one side, or why it is not possible."""
        title, plan, _ = self.options[self.chosen[side]]
        if title not in self.views:
            try:
                self.views[title] = self.session.view_of(plan)
            except WizardError as error:
                self.views[title] = error.title
        return self.views[title]

    def _difference(self, width: int) -> Lines:
        before, after = self._view(0), self._view(1)
        first, second = (self.options[number].title for number in self.chosen)
        lines = wrapped(f"{second}, compared with: {first}", width, "bold $primary")
        if isinstance(before, str) or isinstance(after, str):
            return [*lines, *wrapped(after if isinstance(after, str) else str(before), width, "$text-error")]
        found = compare(before, after)
        for gain in found.gains:
            words = f"no longer: {gain.text}" if gain.finding and gain.was is None else gain.text
            lines += wrapped(words, width, "", text(f"{GAIN} ", "bold $text-success"), 2)
        for loss in found.losses:
            if loss.folded:
                lines += short(loss.folded, width, tight=False, was=loss.was)
            else:
                lines += wrapped(loss.text, width, "", text("− ", "bold $text-warning"), 2)
        if not found.gains and not found.losses:
            lines += wrapped("They have the same risks and the same reach.", width)
        return lines

    def _side(self, side: int, width: int) -> Lines:
        title, view = self.options[self.chosen[side]].title, self._view(side)
        keys = "← and → change it" if side else ", and . change it"
        lines = [*wrapped(title, width, "bold $text-accent"), *wrapped(keys, width, "$foreground-muted")]
        if isinstance(view, str):
            return [*lines, *wrapped(view, width, "$text-error")]
        lines += [*wrapped(paragraph(view.deployment), width), text("")]
        for folded in view.folded:
            lines += short(folded, width, tight=False)
        return [*lines, text(""), *reach_table(view, None, None, width)]


def open_comparing(app: App[Any], session: Session) -> None:
    """Compare; then start from the chosen one."""

    def begin(taken: Answer | None) -> None:
        if taken is not None:
            problem = session.propose(taken, "start")
            say_there(app, problem, f"{taken.label}. u takes it back")

    app.push_screen(ComparingScreen(session), begin)
