"""From the answers to files on disk: where they go, what would happen to each, and writing them.

Slow for a screen: both functions that touch the disk may run in another thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from wizard.comparison.files import file_changes
from wizard.errors import WizardError
from wizard.machine import project
from wizard.machine.files import read_set
from wizard.machine.texts import expanded
from wizard.servers.files import Block, ConfigFile
from wizard.session.earlier import usual_folder
from wizard.session.ending import ending
from wizard.session.steps.base import Answer
from wizard.session.written import WrittenProject

if TYPE_CHECKING:
    from wizard.comparison.files import FileChange
    from wizard.machine.files import Written
    from wizard.machine.project import Project
    from wizard.plan import Plan
    from wizard.session.session import Session

Policy = Literal["backup", "fail"]
"""What happens to existing files that differ: a copy of each is kept, or nothing is written."""
POLICIES: tuple[tuple[Policy, str, str], ...] = (
    ("backup", "keep a copy", "of every file that would be replaced"),
    ("fail", "write nothing", "if a file would be replaced"),
)
"""Each policy, its effect, and on what; the first is the default."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What writing to a folder would do."""

    target: str
    """The folder as typed."""
    plan: Plan
    """The answers it was planned for."""
    project: Project
    files: tuple[Written, ...]
    changes: tuple[FileChange, ...]
    """With the text that is there now."""
    lowered: tuple[str, ...] = ()
    """Protection of the existing deployment that would be lost, one sentence each, to be confirmed."""

    @property
    def replaced(self) -> tuple[str, ...]:
        """Existing files that differ, or are no longer part of the set."""
        return tuple(file.path for file in self.files if file.action in ("update", "remove"))

    @property
    def changing(self) -> int:
        """How many files would be written or moved away."""
        return sum(file.action not in ("unchanged", "left") for file in self.files)

    @property
    def way_on(self) -> str:
        """What going on would do."""
        files = "1 file" if self.changing == 1 else f"{self.changing} files"
        return f"write {files}" if self.changing else "nothing to write, go on"


def usual_target(session: Session) -> str:
    """The folder that is offered: the one typed, that of the last writing, that of the answers file, or one named
    after the model."""
    if session.target:
        return session.target
    if session.outcome:
        return str(session.outcome.target)
    if session.source:
        return str(session.source.parent)
    return usual_folder(session.plan)


def look(session: Session, target: str) -> Planned:
    """What writing the present answers to a folder would do. Raises WizardError or OSError if it is not possible."""
    plan = session.plan
    if "\0" in target:
        raise WizardError("The name of a folder holds a NUL character", hint="Type it again.")
    folder = (session.base / expanded(target)).absolute()
    made = project.prepare(plan, session.base, folder, session.host, bring=True)
    planned = project.planned(made)
    return Planned(target, plan, made, planned, _on_disk(made, planned), project.lowered(made))


def write(planned: Planned, policy: Policy) -> WrittenProject:
    """Write the files, for `Session.written`.

    Raises WizardError; then nothing has changed. That includes that others changed the files since they were looked at:
    what would be replaced, and what protection would be lost, was said of other files.
    """
    made = planned.project
    try:
        there = _on_disk(made, project.planned(made))
    except OSError as error:
        raise WizardError(f"The folder cannot be read: {error.strerror or error}") from None
    if there != planned.changes:
        raise WizardError("The files there have changed since: see what would be replaced now, then go on.")
    result = project.write(made, policy)
    paths = tuple(file.path for file in result.files if file.action not in ("remove", "left"))
    return WrittenProject(made.plan, made.target, paths, ending(made), result.new_tokens, result.backup, result.remarks)


def trial_project(session: Session, native: bool = False) -> Project:
    """The present answers prepared for a trial; `native`: without Docker, whatever they say.

    Raises WizardError for answers that cannot be run like that.
    """
    plan = session.plan
    if native:
        entry = session.candidate(Answer((("run", {"how": "native"}),), "without Docker"))
        if isinstance(entry, str):
            raise WizardError(entry)
        plan = entry.plan
    return project.prepare(plan, session.base, session.base, session.host)


def _on_disk(made: Project, planned: tuple[Written, ...]) -> tuple[FileChange, ...]:
    texts = read_set([file.path for file in planned if file.action != "left"], made.target)
    there = tuple(ConfigFile(path, (Block(text),)) for path, text in texts.items())
    return file_changes(there, project.to_write(made))
