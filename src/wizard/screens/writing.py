"""Pages that write the files: finding out what writing would do, and writing, both in the background."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from wizard.errors import WizardError
from wizard.screens.lowering import LowerScreen
from wizard.screens.page import Page
from wizard.screens.while_typing import still_wanted
from wizard.session import writing

if TYPE_CHECKING:
    from wizard.session.writing import Planned, Policy
    from wizard.session.written import WrittenProject


class FilesKnown(Message):
    """What writing would do, or why it is not possible. Carries the folder that was asked about."""

    def __init__(self, target: str, planned: Planned | None, problem: str = "") -> None:
        super().__init__()
        self.target = target
        self.planned = planned
        self.problem = problem

    @property
    def reason(self) -> str:
        """Why it is not possible, in one line."""
        return self.problem.partition("\n")[0]


class WritingPage(Page):
    """A page that shows a FilesKnown when it arrives, and goes on in `after_writing`."""

    def after_writing(self, outcome: WrittenProject) -> None:
        """The files were written: say so, and go on."""
        raise NotImplementedError

    def look_again(self) -> None:
        """Nothing was written: see what is in the folder now."""
        raise NotImplementedError

    @work(thread=True, exclusive=True, group="files")
    def look_at_files(self, target: str, at_once: bool) -> None:
        """Find out what writing to a folder would do; unless `at_once`, after a pause, in which the request may
        become outdated."""
        if not at_once and not still_wanted():
            return
        try:
            self.post_message(FilesKnown(target, writing.look(self.session, target)))
        except (WizardError, OSError) as error:
            self.post_message(FilesKnown(target, None, str(error)))

    def write_files(self, planned: Planned, policy: Policy) -> None:
        """Write, once a loss of protection is confirmed; keys pressed meanwhile wait for the next page."""
        if planned.lowered:

            def answered(write: bool | None) -> None:
                if write:
                    self.write_files(replace(planned, lowered=()), policy)

            self.app.push_screen(LowerScreen(planned.lowered), answered)
            return
        self.face.keyboard.hold()
        self._write_files(planned, policy)

    @work(thread=True, exclusive=True, group="write")
    def _write_files(self, planned: Planned, policy: Policy) -> None:
        try:
            outcome = writing.write(planned, policy)
        except WizardError as error:
            self.app.call_from_thread(self._failed, error.title)
        else:
            self.app.call_from_thread(self._written, outcome)

    def _failed(self, problem: str) -> None:
        self.face.keyboard.release()
        self.say(problem)
        self.look_again()

    def _written(self, outcome: WrittenProject) -> None:
        self.session.written(outcome)
        self.after_writing(outcome)
        self.face.keyboard.release()
