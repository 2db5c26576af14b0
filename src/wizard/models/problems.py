"""What can be wrong with a model path, as texts by the id of the problem: what `explain` says of it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

FILE_NAME = "problems.toml"


def finding_id(problem: str) -> str:
    """What a problem is called where it is a finding of a Plan."""
    return f"MODEL-{problem.upper()}"


@cache
def texts(package: str = "wizard.models") -> Mapping[str, Mapping[str, Any]]:
    """Id -> texts of a package's file; without one named, those of any path."""
    return tomllib.loads(files(package).joinpath(FILE_NAME).read_text("utf-8"))
