"""What a finished run leaves, for the last page and the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.plan import Plan
    from wizard.session.ending import Ending


@dataclass(frozen=True, slots=True)
class WrittenProject:
    """What was written, where, and what to type next. Contains no secret."""

    plan: Plan
    target: Path
    """Where files were written."""
    written: tuple[str, ...]
    """Paths relative to the target."""
    ending: Ending | None = None
    """Where the server will answer, and what to type next."""
    new_tokens: tuple[str, ...] = ()
    """Paths, relative to the target, of the tokens made by this writing; each is shown once."""
    backup: Path | None = None
    """Where the previous files are, None if nothing was replaced."""
    remarks: tuple[str, ...] = ()
    """What a person should know of the secrets, a sentence each."""

    @property
    def to_say(self) -> tuple[str, ...]:
        """What is to be said of the files that were there, and of those that were written."""
        return (*([f"The former files are in {self.backup}"] if self.backup else []), *self.remarks)
