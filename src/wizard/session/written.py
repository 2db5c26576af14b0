"""What a finished run leaves behind, for the last words on the screen and in the terminal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from wizard.plan import Plan
    from wizard.session.ending import Ending


@dataclass(frozen=True, slots=True)
class WrittenProject:
    """What was written, where, and what to type next. Holds no secret."""

    plan: Plan
    target: Path
    """Where files were written."""
    written: tuple[str, ...]
    """Paths relative to the target."""
    ending: Ending | None = None
    """Where it will answer, and what to type next."""
    new_tokens: tuple[str, ...] = ()
    """Paths, relative to the target, of the tokens that were made by this writing; each is shown once."""
    backup: Path | None = None
    """Where the former files are, None when nothing was replaced."""
    remarks: tuple[str, ...] = ()
    """What a person should know of the secrets, a sentence each."""
