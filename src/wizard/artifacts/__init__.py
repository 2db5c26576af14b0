"""Deployment -> files: the text of every artifact, with the answer that caused each block. Touches no disk."""

from __future__ import annotations

from collections.abc import Mapping

from wizard import registry
from wizard.artifacts import calling, compose, dockerfile, exposure, scripts
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding
from wizard.exposure.reach import Cell
from wizard.gateway import config_files
from wizard.plan import answers
from wizard.servers.files import Block, ConfigFile


def render(
    deployment: Deployment,
    samples: Mapping[str, str] | None = None,
    findings: tuple[Finding, ...] | None = None,
    cells: tuple[Cell, ...] | None = None,
) -> tuple[ConfigFile, ...]:
    """Every file of a deployment, in the order a person would read them.

    `samples`: model name -> body of a request to try, if looking into the model gave one. `findings` and `cells`: what
    `assess` and `reach` returned for this Deployment, if that is already known. Deterministic: the same Deployment
    always gives the same bytes. The files contain no secrets.
    """
    return (
        exposure.render(deployment, samples or {}, findings, cells),
        ConfigFile(answers.FILE_NAME, (Block(answers.dump(deployment.plan)),)),
        *starts(deployment),
        *calling.scripts(deployment, samples or {}),
    )


def starts(deployment: Deployment) -> tuple[ConfigFile, ...]:
    """The files that configure and start what is deployed, without the pages and scripts about it."""
    files = list(registry.adapter(deployment.plan.server).config_files(deployment))
    if deployment.has_gateway:
        files += config_files(deployment)
    if deployment.plan.contained:
        files += [compose.render(deployment)] if deployment.engine.compose else []
        if deployment.plan.run.packaging == "image":
            files.append(dockerfile.render(deployment))
    files += scripts.render(deployment)
    return tuple(files)
