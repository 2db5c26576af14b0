"""Deployment -> files: the text of every artifact, with the answer that caused each block. No disk."""

from __future__ import annotations

from collections.abc import Mapping

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
        files += [compose.render(deployment)] if deployment.engine.compose else []
        if deployment.plan.run.packaging == "image":
            files.append(dockerfile.render(deployment))
    files += scripts.render(deployment)
    files += calling.scripts(deployment, samples or {})
    return tuple(files)
