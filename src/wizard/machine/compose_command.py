"""Which Compose is installed here, found without starting anything."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

_PLUGIN = "docker-compose"
_PLUGIN_FOLDERS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
"""Where the docker command looks for plugins, after its folder in the user's home."""


def found() -> tuple[str, ...]:
    """`docker compose` if its plugin is installed, else `docker-compose`, else ()."""
    own = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    folders = [Path(own) / "cli-plugins", *map(Path, _PLUGIN_FOLDERS)]
    if shutil.which("docker") and any(os.access(folder / _PLUGIN, os.X_OK) for folder in folders):
        return ("docker", "compose")
    return ("docker-compose",) if shutil.which("docker-compose") else ()
