"""One version of a SavedModel, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from wizard.models.report import Problem, Signature


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a SavedModel; `number` is None if the directory's name is not a version number.

    `tags` are those of the graph that is served by default. If the file could not be read, `signatures` is empty and
    `unread` says why.
    """

    number: int | None
    directory: Path
    tags: tuple[str, ...] = ()
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    tf_version: str = ""
    unread: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def called(self) -> str:
        """A SavedModel has no name of its own."""
        return ""

    @property
    def edition(self) -> str:
        """The version number."""
        return "" if self.number is None else str(self.number)

    @property
    def line(self) -> str:
        """Its signatures say everything."""
        return ""
