"""What every page of the Session has in common: the app calls these, whatever the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from wizard.screens.face import Face, face_of
from wizard.screens.presence import stands
from wizard.widgets.bars import TopBar

if TYPE_CHECKING:
    from wizard.session.session import Session


class Page(Screen[None]):
    """A page about a Session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @property
    def face(self) -> Face:
        """The app as what it is for a page."""
        return face_of(self.app)

    @property
    def step_id(self) -> str:
        """The step whose answers are given here, "" where it is none in particular."""
        return ""

    def plan_changed(self) -> None:
        """The Plan is another one: show it."""
        raise NotImplementedError

    def say(self, problem: str) -> None:
        """Show a problem in place of the keys."""
        raise NotImplementedError

    def engine_known(self) -> None:
        """What was found out about the container engine changed: show it where it counts."""

    def show_draft(self) -> None:
        """Say whether the draft is saved."""
        if stands(self):
            bar = self.query_one(TopBar)
            bar.show(bar.left, self.session.autosave.words)
