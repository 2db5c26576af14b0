"""Deployment -> files: the text of every artifact, with the answer that caused each block. No disk."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from wizard import servers
from wizard.artifacts import calling, compose, dockerfile, exposure, scripts
from wizard.deployment import Deployment
from wizard.exposure.findings import Finding
from wizard.exposure.reach import Cell
from wizard.plan import answers
from wizard.servers.files import Block, ConfigFile


def render(
    deployment: Deployment,
    samples: Mapping[str, str] | None = None,
    findings: tuple[Finding, ...] | None = None,
    cells: tuple[Cell, ...] | None = None,
) -> tuple[ConfigFile, ...]:
    """Every file of a deployment, in the order a person would read them.

    `samples`: model name -> body of a request to try, where one is known from looking into the model.
    `findings` and `cells` spare working out again what `assess` and `reach` have said of this Deployment.
    Deterministic: the same Deployment always gives the same bytes. Secrets are not part of it.
    """
    adapter = servers.adapter(deployment.plan.server)
    files = [
        exposure.render(deployment, samples or {}, findings, cells),
        ConfigFile(answers.FILE_NAME, (Block(answers.dump(deployment.plan)),)),
        *adapter.config_files(deployment),
    ]
    if deployment.has_gateway:
        from wizard.gateway import config_files

        files += config_files(deployment)
    if deployment.plan.run.how == "docker":
        files.append(compose.render(deployment))
        if deployment.plan.run.packaging == "image":
            files.append(dockerfile.render(deployment))
    files += scripts.render(deployment)
    files += calling.scripts(deployment, samples or {})
    return tuple(files)


@dataclass(frozen=True, slots=True)
class ArtifactChange:
    """How one file differs between two sets."""

    path: str
    action: Literal["new", "changed", "same", "gone"]
    diff: tuple[str, ...] = ()
    """Unified diff lines; empty when the file is the same."""


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[ArtifactChange, ...]:
    """Compare two sets of files given as path -> text."""
    found = []
    for path in dict.fromkeys([*after, *before]):
        if path not in before:
            found.append(ArtifactChange(path, "new", _diff("", after[path], path)))
        elif path not in after:
            found.append(ArtifactChange(path, "gone"))
        elif before[path] == after[path]:
            found.append(ArtifactChange(path, "same"))
        else:
            found.append(ArtifactChange(path, "changed", _diff(before[path], after[path], path)))
    return tuple(found)


def _diff(old: str, new: str, path: str) -> tuple[str, ...]:
    lines = difflib.unified_diff(old.splitlines(), new.splitlines(), f"a/{path}", f"b/{path}", lineterm="")
    return tuple(lines)
