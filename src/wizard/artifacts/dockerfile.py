"""Dockerfile: the model and its configuration baked into an image of the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wizard.artifacts.names import baked_name
from wizard.deployment import Deployment, Mount
from wizard.formats import dockerfile
from wizard.servers.files import Block, ConfigFile

FILE_NAME = "Dockerfile"


def render(deployment: Deployment) -> ConfigFile:
    """One COPY per file or folder; `run.sh build` gathers them under build/ first."""
    server = deployment.processes[0]
    blocks = [
        Block("# Made by ./run.sh build, which first copies the model and its configuration under build/.\n"),
        Block(dockerfile.from_image(server.image) + "\n", cause="run.image"),
    ]
    blocks += [Block(_copy(mount), cause="run.packaging") for mount in server.baked]
    return ConfigFile(FILE_NAME, tuple(blocks))


def text(base: str, baked: Sequence[Mount], labels: Mapping[str, str]) -> str:
    """The same instructions for another base image, with those labels."""
    marks = dockerfile.labels(labels) + "\n" if labels else ""
    return dockerfile.from_image(base) + "\n" + marks + "".join(_copy(mount) for mount in baked)


def _copy(mount: Mount) -> str:
    return dockerfile.copy(baked_name(mount), mount.target) + "\n"
