"""Dockerfile: the model and its configuration baked into an image of the user's own."""

from __future__ import annotations

import json

from wizard.artifacts.names import baked_name
from wizard.deployment import Deployment
from wizard.servers.base import Block, ConfigFile

FILE_NAME = "Dockerfile"


def render(deployment: Deployment) -> ConfigFile:
    """One COPY per file or folder; `run.sh build` gathers them under build/ first."""
    server = deployment.processes[0]
    blocks = [
        Block("# Made by ./run.sh build, which first copies the model and its configuration under build/.\n"),
        Block(f"FROM {server.image}\n", cause="run.image"),
    ]
    for mount in server.baked:
        pair = json.dumps([baked_name(mount), mount.target], ensure_ascii=False).replace("$", "\\$")
        blocks.append(Block(f"COPY {pair}\n", cause="run.packaging"))
    return ConfigFile(FILE_NAME, tuple(blocks))
