"""A page where one key writes: what that would do is found out in advance, and a key pressed before that waits for
it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.screens.writing import FilesKnown, WritingPage
from wizard.session import writing

if TYPE_CHECKING:
    from wizard.session.session import Session
    from wizard.session.writing import Planned
    from wizard.session.written import WrittenProject


class WriteAtOnce(WritingPage):
    """Examines the default folder after every answer, writes there when told to, and goes on to the trial or the
    end."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.known: FilesKnown | None = None
        self._asked = ""
        self._then_try: bool | None = None
        """What waits for the files to be examined: writing, with or without a trial. None = nothing."""
        self._trying = False
        """Whether a trial follows the writing in progress."""

    def _redraw(self) -> None:
        """Something that is shown has changed: show it."""
        raise NotImplementedError

    def _look(self) -> None:
        """Find out what writing would do, in the background."""
        self._asked = writing.usual_target(self.session)
        if self.session.plan.models:
            self.look_at_files(self._asked, at_once=self.known is None or self._then_try is not None)

    def on_files_known(self, message: FilesKnown) -> None:
        """Show it, unless another folder is meant by now; go on with what waited for it."""
        if message.target != self._asked:
            return
        self.known = message
        self._redraw()
        if self._then_try is not None:
            trying, self._then_try = self._then_try, None
            self._write(trying)
            self.face.keyboard.release()

    @property
    def _planned(self) -> Planned | None:
        """What writing would do, if it is known for the present answers."""
        known = self.known
        fits = known is not None and known.target == self._asked
        fresh = fits and known and known.planned is not None and known.planned.plan is self.session.plan
        return known.planned if known and fresh else None

    def _write_once_known(self, trying: bool) -> None:
        """Write as soon as it is known what that would do; keys pressed meanwhile wait."""
        if self._then_try is None:
            self.face.keyboard.hold()
        self._then_try = trying
        self._look()

    def _write(self, trying: bool) -> None:
        planned = self._planned
        if planned is None:
            self.say(self.known.reason if self.known else "The folder cannot be read.")
            return
        self._trying = trying
        self.write_files(planned, "backup")

    def look_again(self) -> None:
        self._look()

    def after_writing(self, outcome: WrittenProject) -> None:
        del outcome  # the page that follows says it
        if self._trying:
            self.face.open_trial()
        else:
            self.face.go_to(self.session.step("done"))
