"""What every page of the Session has in common; the app calls these, whatever the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.screen import Screen

from wizard.screens.face import Face, face_of
from wizard.screens.presence import stands
from wizard.widgets.bars import Tone, TopBar

if TYPE_CHECKING:
    from textual.app import App

    from wizard.session.session import Session


class Page(Screen[None]):
    """A page about a Session."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    @property
    def face(self) -> Face:
        """The app, with the type that pages use."""
        return face_of(self.app)

    @property
    def step_id(self) -> str:
        """The step whose answers are given here, "" if it is none in particular."""
        return ""

    @property
    def page_title(self) -> str:
        """What the page is called in the window's title."""
        return ""

    def plan_changed(self) -> None:
        """The Plan has changed: show it."""
        raise NotImplementedError

    said = ""
    """The text shown instead of the keys, until the next key."""
    said_as: Tone = "problem"

    def say(self, problem: str) -> None:
        """Show a problem instead of the keys, until the next key."""
        self.said, self.said_as = problem, "problem"
        self.show_keys()

    def tell(self, done: str) -> None:
        """Show what was done instead of the keys, until the next key."""
        self.said, self.said_as = done, "done"
        self.show_keys()

    def tell_wait(self, doing: str) -> None:
        """Show what is under way instead of the keys, until the next key."""
        self.said, self.said_as = doing, "wait"
        self.show_keys()

    def show_keys(self) -> None:
        """Show the keys that work here, or the text that replaces them."""
        raise NotImplementedError

    def engine_known(self) -> None:
        """New information about the container engine: show it where it matters."""

    def to_copy(self) -> str:
        """What `y` copies here, "" = nothing."""
        return ""

    def action_copy(self) -> None:
        """Copy this page's command, and say so."""
        words = self.to_copy()
        if not words:
            self.say("There is nothing to copy here.")
            return
        self.app.copy_to_clipboard(words)
        self.tell(f"Copied, if this terminal allows it: {words[:40]}… ({len(words)} characters)")

    def show_draft(self) -> None:
        """Say whether the draft is saved."""
        if stands(self):
            bar = self.query_one(TopBar)
            bar.show(bar.left, self.session.autosave.words)


def say_there(app: App[Any], problem: str, done: str) -> None:
    """Show on the page that a window gave way to what went wrong there, else what was done."""
    page = app.screen
    if isinstance(page, Page) and (problem or done):
        (page.say if problem else page.tell)(problem or done)
