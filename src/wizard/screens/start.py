"""The Start step: besides its question, the draft that an earlier run left."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from wizard.screens.base import StepScreen
from wizard.screens.keys import CHOOSING
from wizard.widgets.flow import Flow, Lines, text, wrapped
from wizard.widgets.hints import KeyHint
from wizard.widgets.messages import Peek
from wizard.widgets.moving import move


class Resume(Flow, can_focus=True):
    """The offer to go on where an earlier run was left."""

    DEFAULT_CSS = "Resume { margin-bottom: 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "screen.resume", show=False),
        Binding("up", "move(-1)", show=False),
        Binding("down", "move(1)", show=False),
    ]

    def on_focus(self) -> None:
        self.post_message(Peek())

    def watch_has_focus(self, has_focus: bool) -> None:
        super().watch_has_focus(has_focus)
        self.redraw()

    def action_move(self, step: int) -> None:
        """To the field before or after."""
        move(self, step)

    async def on_click(self) -> None:
        """Resume it."""
        await self.run_action("screen.resume")


class StartScreen(StepScreen):
    """Offers the draft above the question; whoever does not want it just goes on."""

    AUTO_FOCUS = "Choices"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "app.ask_to_leave", "Leave", id="leave-first"),
        Binding("r", "resume", "Resume the draft", id="resume"),
        Binding("c", "compare", "Compare two starting points", id="compare"),
    ]

    def compose_form(self) -> ComposeResult:
        if self.session.autosave.offered is not None and self.step.id == "start":
            yield Resume(self._draft_lines, id="resume")
        yield from super().compose_form()

    def _draft_lines(self, width: int) -> Lines:
        draft = self.session.autosave.offered
        if draft is None:
            return []
        style = "bold on $primary-muted" if self.query_one("#resume").has_focus else "bold $primary"
        words = f"Resume the draft of {draft.day()} ({draft.about})"
        key = text(" r ", "bold $text-accent")
        return wrapped(words, width - 1, style, key, 3)

    def action_resume(self) -> None:
        """Put the answers of the draft."""
        if self.session.autosave.offered is not None:
            self.face.when_ready(self._resume)

    def _resume(self) -> None:
        problem = self.session.resume()
        if problem:
            self.notify(problem, severity="warning")
            self.plan_changed()
        else:
            self.face.open_overview()

    def action_compare(self) -> None:
        """Two presets side by side."""
        from wizard.screens.comparing import open_comparing

        self.face.when_ready(lambda: open_comparing(self.app, self.session))

    def keys_here(self) -> tuple[KeyHint, ...]:
        found = super().keys_here()
        if self.step.id != "start" or found is not CHOOSING or self.spoke is not None:
            return found
        rest = (hint for hint in found[2:] if hint.on != "back")
        return (*found[:2], KeyHint("compare", "compare", spare=2), KeyHint("back", "leave"), *rest)

    def show_plan(self) -> None:
        super().show_plan()
        if self.session.autosave.offered is None:
            self.query(Resume).remove()
