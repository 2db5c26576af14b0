"""Saves the draft while the wizard is used, so that nobody waits for it and nothing is lost."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from wizard.machine import drafts

if TYPE_CHECKING:
    from textual.timer import Timer

    from wizard.app import WizardApp
    from wizard.plan import Plan

_DELAY = 0.3
"""Seconds without another answer before the disk is written."""


class Keeper:
    """The draft of one wizard."""

    def __init__(self, app: WizardApp, keeps: bool) -> None:
        self._app = app
        self._keeps = keeps
        self._timer: Timer | None = None
        self.offered = drafts.load(app.source, bool(app.demo)) if keeps else None
        """What an earlier run left, until it is resumed or replaced."""
        self.words = ""
        """What the line at the top says about it."""

    def changed(self) -> None:
        """There is another answer: save soon, away from the keyboard's thread."""
        history = self._app.history
        if not self._keeps or history is None or len(history.entries) < 2:
            return
        if self._timer is not None:
            self._timer.stop()
        self._timer = self._app.set_timer(_DELAY, self._start)

    def _start(self) -> None:
        self._timer = None
        if self._app.plan is not None:
            save = partial(self._save, self._app.plan)
            self._app.run_worker(save, thread=True, group="draft", exclusive=True, exit_on_error=False)

    def _save(self, plan: Plan) -> None:
        self._write(plan)
        self._app.call_from_thread(self._tell)

    def _write(self, plan: Plan) -> None:
        try:
            drafts.save(plan, self._app.source, self._app.base, bool(self._app.demo))
            self.words = "draft saved"
        except OSError as problem:
            self.words = f"draft not saved: {problem.strerror or problem}"

    def _tell(self) -> None:
        from wizard.widgets.bars import TopBar

        for bar in self._app.screen.query(TopBar):
            bar.show(bar.left, self.words)

    def flush(self) -> None:
        """Save now what waits to be saved."""
        if self._timer is not None and self._app.plan is not None:
            self._timer.stop()
            self._timer = None
            self._write(self._app.plan)

    def written(self) -> None:
        """The files were written: the draft has done its work."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        if self._keeps:
            drafts.discard(self._app.source, bool(self._app.demo))
        self.words = ""
