"""Windows that open on top of the overview: the files, what follows from the answers, and help for a line."""

from __future__ import annotations

from textual.containers import VerticalScroll

from wizard.screens.all_findings import AllFindingsScreen
from wizard.screens.changes import ChangesScreen
from wizard.screens.help import HelpScreen
from wizard.screens.write_at_once import WriteAtOnce
from wizard.session import there
from wizard.widgets.flow import Flow


class Around(VerticalScroll):
    """What is next to the lines, as much as fits."""

    def on_resize(self) -> None:
        """More may fit, or less."""
        self.query_one("#around-lines", Flow).redraw()


class OverviewWindows(WriteAtOnce):
    """Each key opens a window over the page."""

    @property
    def _line_id(self) -> str:
        """Id of the step of the line under the cursor."""
        raise NotImplementedError

    def action_diff(self) -> None:
        """Show the files as they would be written, compared with the existing ones."""
        if self.known is not None and self.known.planned is not None:
            self.app.push_screen(ChangesScreen(self.known.planned.changes))
        elif self.known is not None and self.known.reason:
            self.say(self.known.reason)
        else:
            self.tell_wait("One moment: looking at the folder.")

    def action_known(self) -> None:
        """Show every finding in full."""
        if self.session.ready:
            self.app.push_screen(AllFindingsScreen(self.session.view, there.judged(self.session)))

    def action_help(self) -> None:
        """Explain the line under the cursor."""
        if not self.session.ready:
            return
        step = self.session.step(self._line_id)
        field = next(iter(self.session.fields(step)), None)
        self.app.push_screen(HelpScreen(step, field, field.picked if field else None, self.session.view))
