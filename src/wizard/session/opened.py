"""What a path, or a running server, stands for: initial answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from wizard.plan import answers
from wizard.servers.version_given import require_known

if TYPE_CHECKING:
    from wizard.models.report import ModelReport
    from wizard.plan import Plan
    from wizard.severity import Severity

Kind = Literal["answers", "written", "setup", "model"]
"""answers: an answers file; written: a folder with one, as the wizard leaves it; setup: files that configure or
start a server; model: one model or a folder of models."""


class Judged(NamedTuple):
    """A line in opened files that does not do what it seems to do."""

    place: str
    """Such as `config.properties:5`; without a number, the file as a whole."""
    severity: Severity
    sentence: str
    """What really happens."""
    instead: str


@dataclass(frozen=True, slots=True)
class Opened:
    """What is at a path, as initial answers."""

    kind: Kind
    words: str
    """What it is, in a few words."""
    data: dict[str, Any]
    """The tables of an answers file, not validated yet: a preset or further answers may be merged into them."""
    base: Path
    """Relative paths in the answers start from this folder; absolute."""
    path: Path
    """What was opened; absolute."""
    source: Path | None = None
    """The answers file; None if there is none yet."""
    text: str = ""
    """The text of that file, so that problems can be shown with their line."""
    lost: tuple[str, ...] = ()
    """What could not be carried over, one sentence each."""
    different: tuple[str, ...] = ()
    """What was carried over but will work differently than before, one sentence each."""
    judged: tuple[Judged, ...] = ()
    """What is wrong with the files, worst first; only for set-ups."""
    places: dict[str, str] = field(default_factory=dict)
    """Dotted key of an answer -> its place, such as `compose.yaml:7`; only for set-ups."""
    reports: dict[tuple[str, str], ModelReport] = field(default_factory=dict)
    """(path in the answers, server) -> what was found there."""

    fresh: Opened | None = None
    """The model that was named, if these are the answers that an earlier run wrote for it."""
    at: str = ""
    """Id of the step that is asked at once, before the overview is shown; "" = none."""

    @property
    def name(self) -> str:
        """How an error message names the place the answers came from."""
        return str(self.source) if self.source else self.words

    def place(self, key: str) -> str:
        """The place of an answer, or of the first one in its table; "" = unknown."""
        found = (
            at for name, at in self.places.items() if f"{name}.".startswith(f"{key}.") or key.startswith(f"{name}.")
        )
        return next(found, "")

    def plan(self) -> Plan:
        """The answers. Raises WizardError (exit code 2) for a file with impossible answers."""
        return answers.validate(self.data, self.text, self.name)

    def require_known_version(self) -> None:
        """Raises WizardError with the line for a server version that this program does not know."""
        require_known(self.plan(), self.text, self.name)
