"""What can be wrong with a model path: the texts by the id of the problem, and the problems made from them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from wizard.models.names import printable
from wizard.models.report import PathFix, Problem, ProblemSeverity

FILE_NAME = "problems.toml"
ANY_PATH: Final = "wizard.models"
"""The package whose file has the problems of any path."""


def finding_id(problem: str) -> str:
    """The id of the finding that a problem becomes in a Plan."""
    return f"MODEL-{problem.upper()}"


@cache
def texts(package: str = ANY_PATH) -> Mapping[str, Mapping[str, Any]]:
    """Id -> texts of a package's file; by default, those of any path."""
    return tomllib.loads(files(package).joinpath(FILE_NAME).read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the problems of one package's file."""

    package: str = ANY_PATH

    def __call__(
        self,
        id_: str,
        message: str,
        *,
        why: str = "",
        instead: str = "",
        severity: ProblemSeverity | None = None,
        fix: PathFix | None = None,
    ) -> Problem:
        """`message` names what was found.

        The rest is taken from the file, unless this case has something more exact.
        """
        entry = texts(self.package)[id_]
        return Problem(
            id_, severity or entry["severity"], message, why or entry["why"], instead or entry["instead"], fix
        )


_problem = Maker()


def lfs_problem(path: Path) -> Problem:
    """The file is a Git LFS pointer instead of the model."""
    return _problem("git-lfs-pointer", f"{printable(path.name)} is not the model, but a Git LFS pointer to it.")
