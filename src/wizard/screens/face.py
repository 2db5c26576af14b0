"""What a page may ask of the app that shows it, besides the Session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

if TYPE_CHECKING:
    from textual.app import App
    from textual.screen import Screen

    from wizard.screens.typing_ahead import TypingAhead
    from wizard.session.session import Session
    from wizard.session.steps.base import Step


class Face(Protocol):
    """The full-screen front end of a Session."""

    session: Session
    keyboard: TypingAhead

    def go_to(self, step: Step) -> None:
        """Show a step: go back to it if it is open already, else open it on top."""

    def open_early(self, step: Step) -> bool:
        """Show at once what is asked whatever was answered, and load the rest behind it; False if that must come
        first."""

    def back_to(self, known: Screen[Any]) -> None:
        """Take away what is on top of a page. What is still being made cannot be taken away before it is there."""

    def open_overview(self) -> None:
        """Show every decision on one page: go back to it if it is open already."""

    def open_spoke(self, step_ids: tuple[str, ...]) -> None:
        """Show the steps of one line of the overview one after another, and return to it."""

    def leave_spoke(self, step_ids: tuple[str, ...]) -> None:
        """Go on with the remaining steps of a line, or return to the overview."""

    def open_trial(self) -> None:
        """Show the Try step and begin at once."""

    def when_ready(self, then: Callable[[], object]) -> None:
        """Do something as soon as the Session is ready; this starts loading it."""

    def action_undo(self) -> None:
        """Undo the last answer."""

    def action_redo(self) -> None:
        """Redo the answer that was undone last."""

    def action_history(self) -> None:
        """Show every answer given so far."""

    def action_ask_to_leave(self) -> None:
        """Ask once whether to leave, and what happens to the draft."""

    def leave(self) -> None:
        """End the program; the draft is kept."""


def face_of(app: App[Any]) -> Face:
    """The app of a page, with the type that pages use."""
    return cast("Face", app)
