"""The draft of one conversation: saved as it goes on, offered at the next start, deleted once the files are written.

The front end decides when to write: it may wait for a pause in typing. Nothing here waits.
"""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from wizard.errors import WizardError
from wizard.machine import drafts

if TYPE_CHECKING:
    from wizard.plan import Plan
    from wizard.session.origins import Origins


class Autosave:
    """`keeps`: whether there is a draft at all; otherwise, nothing is read or written."""

    def __init__(self, source: Path | None, demo: bool, keeps: bool) -> None:
        self._source, self._demo, self._keeps = source, demo, keeps
        self._due: tuple[Plan, Path, Origins] | None = None
        self._lock = Lock()
        self._saving = False
        self.offered = drafts.load(source, demo) if keeps else None
        """What an earlier run left, until it is resumed."""
        self.kept = False
        """Whether this conversation is saved on disk."""
        self.problem = ""
        """Why it could not be saved the last time."""

    @property
    def due(self) -> bool:
        """Whether there is something to save."""
        return self._due is not None

    @property
    def worth_keeping(self) -> bool:
        """Whether leaving now would leave answers behind that are in no file."""
        return self.due or self._saving or self.kept

    @property
    def words(self) -> str:
        """The state in a few words."""
        return f"draft not saved: {self.problem}" if self.problem else "draft saved" if self.kept else ""

    def changed(self, plan: Plan, base: Path, origins: Origins) -> None:
        """There is a new answer, to be saved soon."""
        if self._keeps:
            self._due = (plan, base, origins)

    def save(self) -> None:
        """Save what is due; from any thread, the newest answers last."""
        with self._lock:
            if self._due is None:
                return
            self._saving = True
            (plan, base, origins), self._due = self._due, None
            try:
                drafts.save(plan, self._source, base, self._demo, origins.data())
                self.kept, self.problem = True, ""
            except OSError as problem:
                self.problem = problem.strerror or str(problem)
            except WizardError as problem:
                self.problem = problem.title
            finally:
                self._saving = False

    def discard(self) -> None:
        """The draft is no longer needed, or not wanted."""
        with self._lock:
            self._due, self.kept, self.problem = None, False, ""
            if self._keeps:
                drafts.discard(self._source, self._demo)
