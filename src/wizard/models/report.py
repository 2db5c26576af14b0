"""What `inspect` returns: plain values, no disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, TypeVar

from wizard.severity import severity_rank

ProblemSeverity = Literal["functional", "medium", "info"]
"""The severities that a problem of a model can have."""


@dataclass(frozen=True, slots=True)
class PathFix:
    """A fix for a path problem that takes one key press.

    `use`: take `path` instead. `stage`: take `path` and mount it as version `version` (it contains a saved_model.pb and
    has no version number). `server`: keep the path and switch to `server`. `setting`: keep it, and set the server's
    setting with that name to `value`.
    """

    kind: Literal["use", "stage", "server", "setting"]
    label: str
    path: Path
    version: int = 1
    server: str = ""
    setting: str = ""
    value: bool | int | str = True


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a person should know about a model path.

    `functional`: the model will not be served. `medium`: it may not be, or not as expected. `info`: good to know.
    `message` says what was found, `why` what the server does with it, `instead` what to do.
    """

    id: str
    severity: ProblemSeverity
    message: str
    why: str = ""
    instead: str = ""
    fix: PathFix | None = None


@dataclass(frozen=True, slots=True)
class Tensor:
    """Type and shape of one input or output; a `None` in the shape means any size, a shape of `None` any rank."""

    dtype: str
    shape: tuple[int | None, ...] | None

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.dtype} of any shape"
        return f"{self.dtype} [{', '.join('any' if size is None else str(size) for size in self.shape)}]"


@dataclass(frozen=True, slots=True)
class Signature:
    """A function in a model that can be called, with its inputs and outputs."""

    name: str
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    method: str = ""

    def __str__(self) -> str:
        takes, gives = (", ".join(f"{n}: {t}" for n, t in each.items()) for each in (self.inputs, self.outputs))
        return f"{self.name}({takes}) → {gives}"


class Servable(Protocol):
    """One thing at a path that is served: a version, an archive, a file of weights. Each server has its own kind."""

    @property
    def called(self) -> str:
        """The name it gives itself, "" if it has none."""

    @property
    def number(self) -> int | None:
        """Its version number, None if it has none."""

    @property
    def edition(self) -> str:
        """Its version as people write it, "" if it has none."""

    @property
    def signatures(self) -> Mapping[str, Signature]:
        """What can be called in it; empty if unknown."""

    @property
    def line(self) -> str:
        """What else a person should see about it, "" for nothing besides its version and signatures."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a model has to run in. Sizes are in bytes; 0 = unknown, or no limit."""

    machine: int = 0
    container: int = 0
    """The memory limit of the server's container."""
    settings: Mapping[str, bool | int | str] = field(default_factory=dict)
    """The server's settings that were answered."""
    version: str = ""
    """The server's version; "" = unknown."""

    @property
    def least(self) -> int:
        """The smaller of the two, if known."""
        return min((size for size in (self.machine, self.container) if size), default=0)


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What is at a path, for one server.

    `path` is absolute. `kind` is the server's word for the layout, `title` the same for people ("" if nothing was
    recognised). `problems` has all problems, including those of the servables, worst first. `candidates` are other
    paths that may have been meant, best first. `name` is what the server would call the model.
    """

    path: Path
    server: str
    kind: str
    title: str = ""
    name: str = "model"
    servables: tuple[Servable, ...] = ()
    candidates: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    sample: tuple[str, bytes] | None = None
    """Content type and body of a first request, None if none can be made."""

    @property
    def usable(self) -> bool:
        """True if nothing that was found prevents this path from being served as it is."""
        return not any(p.severity == "functional" for p in self.problems)

    @property
    def served(self) -> Servable | None:
        """What is served by default: the highest version number, else the first."""
        return served(self.servables)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version numbers that were found."""
        return tuple(s.number for s in self.servables if s.number is not None)

    @property
    def fixes(self) -> tuple[PathFix, ...]:
        """Every one-key fix, in the order of the problems, without repeats."""
        return tuple(dict.fromkeys(p.fix for p in self.problems if p.fix))


S = TypeVar("S", bound=Servable)


def served(servables: tuple[S, ...]) -> S | None:
    """The one with the highest version number, else the first; None if there is none."""
    numbered = [s for s in servables if s.number is not None]
    return max(numbered, key=lambda s: s.number or 0) if numbered else next(iter(servables), None)


def worst_first(problems: list[Problem]) -> tuple[Problem, ...]:
    """Order by severity, keeping the given order within one severity; a repeated problem is kept once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: severity_rank(p.severity)))
