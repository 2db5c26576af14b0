"""One model archive, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from wizard.models.report import Problem, Signature


@dataclass(frozen=True, slots=True)
class Archive:
    """One TorchServe archive; fields missing in the manifest are empty.

    `name` is what the model will be called: by the manifest, else by the server, from the file name. `file` is the
    entry for `load_models`.
    """

    path: Path
    file: str
    name: str
    version: str = "1.0"
    handler: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def called(self) -> str:
        """The manifest's name, else the one the server derives from the file name."""
        return self.name

    @property
    def number(self) -> int | None:
        """Versions of archives are text."""
        return None

    @property
    def edition(self) -> str:
        """The manifest's version."""
        return self.version

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """A handler's code decides what it accepts."""
        return {}

    @property
    def line(self) -> str:
        """Name, version and handler."""
        parts = [self.name, f"version {self.version}", f"handler {self.handler}" if self.handler else ""]
        return " · ".join(part for part in parts if part)
