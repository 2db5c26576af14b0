"""What `inspect` hands back: plain values, no disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

TF_SERVING = "tensorflow-serving"
TORCHSERVE = "torchserve"

Severity = Literal["error", "warning", "note"]

Kind = Literal[
    "savedmodel-base",
    "savedmodel-version",
    "savedmodel-parent-of-base",
    "models-parent",
    "mar",
    "tar-gz",
    "model-folder",
    "model-store",
    "file",
    "missing",
    "empty",
    "unknown",
]

_RANK: dict[Severity, int] = {"error": 0, "warning": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class PathFix:
    """One keystroke that mends a path problem.

    `use`: take `path` instead. `stage`: take `path` and mount it as version `version` (it holds a saved_model.pb and
    no version number). `server`: keep the path and switch to `server`.
    """

    kind: Literal["use", "stage", "server"]
    label: str
    path: Path
    version: int = 1
    server: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing a person should know about a model path.

    `error`: the model will not be served. `warning`: it may not be, or not as expected. `note`: good to know.
    `message` says what, `why` what the server does with it, `instead` what to do.
    """

    id: str
    severity: Severity
    message: str
    why: str = ""
    instead: str = ""
    fix: PathFix | None = None


@dataclass(frozen=True, slots=True)
class Tensor:
    """Type and shape of one input or output; a `None` in the shape is any size, a shape of `None` any rank."""

    dtype: str
    shape: tuple[int | None, ...] | None

    def __str__(self) -> str:
        if self.shape is None:
            return f"{self.dtype} of any shape"
        return f"{self.dtype} [{', '.join('any' if size is None else str(size) for size in self.shape)}]"


@dataclass(frozen=True, slots=True)
class Signature:
    """One callable signature of a SavedModel."""

    name: str
    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]
    method: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a SavedModel; `number` is None where the directory's name is no version number.

    `tags` are those of the graph that is served by default, `tag_sets` those of every graph in the file.
    `signatures` is empty and `unread` says why where the file could not be read. `risky_ops` maps an operation's name
    to what it can do; `ops_complete` is False where the graph was too large to look through whole.
    """

    number: int | None
    directory: Path
    tags: tuple[str, ...] = ()
    tag_sets: tuple[tuple[str, ...], ...] = ()
    signatures: Mapping[str, Signature] = field(default_factory=dict)
    tf_version: str = ""
    risky_ops: Mapping[str, str] = field(default_factory=dict)
    ops_complete: bool = True
    has_variables: bool = False
    has_warmup: bool = False
    unread: str = ""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Archive:
    """One TorchServe archive; fields that the manifest lacks are empty.

    `name` is what the model will be called: the manifest's, else what the server makes of the file name. `file` is what
    `load_models` has to say. Sizes are bytes as the archive claims them (0 where it was not counted).
    """

    path: Path
    form: Literal["mar", "tar-gz", "model-folder"]
    file: str
    name: str
    version: str = "1.0"
    handler: str = ""
    runtime: str = ""
    serialized_file: str = ""
    model_file: str = ""
    requirements_file: str = ""
    config_file: str = ""
    archiver_version: str = ""
    created_on: str = ""
    members: int = 0
    unpacked_bytes: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelReport:
    """What is at a path, for one server.

    `path` is absolute. `problems` holds all problems, those of versions and archives too, worst first. `candidates`
    are other paths that may have been meant, best first.
    """

    path: Path
    server: str
    kind: Kind
    versions: tuple[Version, ...] = ()
    archives: tuple[Archive, ...] = ()
    candidates: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def usable(self) -> bool:
        """True where nothing found stands in the way of serving this path as it is."""
        return not any(p.severity == "error" for p in self.problems)

    @property
    def served(self) -> Version | None:
        """The version TensorFlow Serving takes by default: the highest number."""
        numbered = [v for v in self.versions if v.number is not None]
        return max(numbered, key=lambda v: v.number or 0) if numbered else next(iter(self.versions), None)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The version numbers that were found."""
        return tuple(v.number for v in self.versions if v.number is not None)

    @property
    def fixes(self) -> tuple[PathFix, ...]:
        """Every one-key fix on offer, in the order of the problems, none twice."""
        return tuple(dict.fromkeys(p.fix for p in self.problems if p.fix))

    @property
    def suggested_name(self) -> str:
        """A model name that can be called, made from the manifest or the path; "model" where nothing fits."""
        from wizard.models.names import callable_name

        if len(self.archives) == 1:
            return callable_name(self.archives[0].name)
        stem = self.path.name.removesuffix(".mar").removesuffix(".tar.gz")
        if self.kind == "savedmodel-version" and stem.isdigit():
            stem = self.path.parent.name
        return callable_name(stem)


def worst_first(problems: list[Problem]) -> tuple[Problem, ...]:
    """Order by severity, keeping the given order within one severity; a repeated problem is kept once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda p: _RANK[p.severity]))
