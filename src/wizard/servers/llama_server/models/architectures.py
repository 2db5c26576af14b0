"""Whether a build knows the architecture of a model; a build that does not know it exits at startup."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from wizard.fast_start import regex
from wizard.models.problems import Maker
from wizard.models.report import Problem
from wizard.servers.llama_server.models.values import GgufModel

_problem = Maker(__package__)

_BUILD = regex(r"b?([0-9]+)")


def problems(models: Mapping[str, GgufModel], version: str) -> Iterator[tuple[str, Problem]]:
    """(name of a model, what is wrong).

    `version` is the server's; nothing is said about builds newer than those that were read.
    """
    if build := _BUILD.fullmatch(version):
        for name, model in models.items():
            if model.architecture and _is_unknown(model.architecture, int(build[1])):
                yield name, _unknown(model.architecture, version)


def _is_unknown(name: str, build: int) -> bool:
    """Whether a build certainly does not know an architecture: the next build that was read does not know it either."""
    later = [read for read in _data()["read"] if read >= build]
    return bool(later) and not any(name in entry["names"] for entry in _data()["since"] if entry["build"] <= later[0])


def _unknown(name: str, version: str) -> Problem:
    since = next((entry["build"] for entry in _data()["since"] if name in entry["names"]), 0)
    return _problem(
        "gguf-architecture",
        f"Build {version} does not know the architecture {name}.",
        instead=f"Choose build b{since} or a newer one." if since else "",
    )


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(Path(__file__).with_name("architectures.toml").read_text("utf-8"))
