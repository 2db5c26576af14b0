"""Models made for something the written command does not serve: embeddings, reranking, images and sound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wizard.models import disk
from wizard.models.names import printable
from wizard.models.problems import Maker
from wizard.models.report import PathFix, Problem
from wizard.servers.llama_server.models import gguf

_problem = Maker(__package__)

_RANKING: Final = 4
_POOLED: Final = (1, 2, 3)
"""Pooling types that make one list of numbers from all tokens (mean, first, last): found in the header of models for
embeddings."""


def problems(path: Path, header: gguf.Header) -> Iterator[Problem]:
    """What people who want to use the model for that should know."""
    pooling = header.number(f"{header.text('general.architecture')}.pooling_type") or 0
    if pooling in _POOLED:
        yield _switched_off("gguf-embeddings", path, "embeddings", "embedding")
    elif pooling == _RANKING:
        yield _switched_off("gguf-reranking", path, "reranking", "reranking")
    beside = disk.try_listing(path.parent)
    projectors = [entry.name for entry in beside.files() if is_projector(entry.name)] if beside else []
    if projectors:
        name = printable(min(projectors))
        text = f"{name} beside it is for images or sound, and is not used: the model accepts only text."
        yield _problem(
            "gguf-projector-beside",
            text,
            fix=PathFix(
                "setting", f"Serve it with {name}", path, setting="projector", value=str(path.parent / min(projectors))
            ),
        )


def is_projector(name: str) -> bool:
    """Whether a file, by its name, is the part of a model that reads images or sound."""
    low = name.lower()
    return low.startswith("mmproj") and low.endswith(".gguf")


def _switched_off(id_: str, path: Path, use: str, setting: str) -> Problem:
    text = f"{printable(path.name)} is made for {use}, which the server does not offer by default."
    fix = PathFix("setting", f"Switch {use} on", path, setting=setting)
    return _problem(id_, text, fix=fix)
