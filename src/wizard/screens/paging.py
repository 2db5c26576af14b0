"""Which page is shown: the steps, the overview with the pages it opens, the trial."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from wizard import screens
from wizard.screens.background import Background
from wizard.screens.base import StepScreen
from wizard.screens.page import Page
from wizard.session.steps.flow import start_step

if TYPE_CHECKING:
    from textual.screen import Screen

    from wizard.session.session import Session
    from wizard.session.steps.base import Step

_SPECIAL = {
    "start": ("wizard.screens.start", "StartScreen"),
    "model": ("wizard.screens.model", "ModelScreen"),
    "who": ("wizard.screens.callers", "WhoScreen"),
    "cors": ("wizard.screens.cors", "CorsScreen"),
    "review": ("wizard.screens.review", "ReviewScreen"),
    "write": ("wizard.screens.write", "WriteScreen"),
    "try": ("wizard.screens.trial", "TrialScreen"),
    "done": ("wizard.screens.done", "DoneScreen"),
}
"""Group of a step -> its screen; any other group is asked by `StepScreen`, from its fields alone."""


def open_step(session: Session, step: Step) -> StepScreen:
    """The screen that asks a step."""
    if step.group not in _SPECIAL:
        return StepScreen(session, step)
    module, name = _SPECIAL[step.group]
    screen: type[StepScreen] = getattr(import_module(module), name)
    return screen(session, step)


def _overview(session: Session) -> Page:
    return screens.overview.OverviewScreen(session)


class Paging(Background):
    """Shows one page after another; a page that is open already is returned to."""

    def get_default_screen(self) -> Page:
        """The first page is the first step; if a path was named, the overview."""
        return _overview(self.session) if self.session.opened else open_step(self.session, start_step())

    def go_to(self, step: Step) -> None:
        """Show a step: go back to it if it is open already, else open it on top."""
        if not self.session.ready:
            self.when_ready(lambda: self.go_to(step))
            return
        if not self.screen.is_mounted:
            self.screen.call_later(self.go_to, step)  # what is still being made cannot be taken away
            return
        stack = [s for s in self.screen_stack if isinstance(s, StepScreen)]
        known = next((screen for screen in stack if screen.step.id == step.id), None)
        if known is None:
            self.push_screen(open_step(self.session, step))
        else:
            self.back_to(known)

    def open_early(self, step: Step) -> bool:
        """Show at once what is asked whatever was answered, and load the rest behind it; False if that must come
        first."""
        if self._when_ready or self.session.given or not self.session.fields(step):
            return False
        page = open_step(self.session, step)
        self.push_screen(page)
        page.call_after_refresh(self.load)
        return True

    def back_to(self, known: Screen[Any]) -> None:
        """Take away what is on top of a page. What is still being made cannot be taken away before it is there."""
        while known in self.screen_stack and self.screen is not known:
            if not self.screen.is_mounted:
                self.screen.call_later(self.back_to, known)
                return
            self.pop_screen()

    def open_overview(self) -> None:
        """Show every decision on one page: go back to it if it is open already."""
        if not self.session.ready:
            self.when_ready(self.open_overview)
            return
        known = next(
            (screen for screen in self.screen_stack if isinstance(screen, screens.overview.OverviewScreen)), None
        )
        if known is None:
            self.push_screen(_overview(self.session))
        else:
            self.back_to(known)

    def open_spoke(self, step_ids: tuple[str, ...]) -> None:
        """Show the steps of one line of the overview one after another, and return to it."""
        asked = [step for step in self.session.steps if step.id in step_ids]
        if asked:
            screen = open_step(self.session, asked[0])
            screen.spoke = tuple(step.id for step in asked[1:])
            self.push_screen(screen)

    def leave_spoke(self, step_ids: tuple[str, ...]) -> None:
        """Go on with the remaining steps of a line, or return to the overview."""
        self.pop_screen()
        self.open_spoke(step_ids)

    def open_trial(self) -> None:
        """Show the Try step and begin at once."""
        self.push_screen(screens.trial.TrialScreen(self.session, self.session.step("try"), at_once=True))
