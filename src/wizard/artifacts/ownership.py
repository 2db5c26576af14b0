"""Whose a container is: names come from the model, and a folder beside may have a model of the same name.

Compose writes the folder of its file into a label of each container. The scripts write the same label and remove only
what carries their own folder, so that neither takes away what the other folder runs.
"""

from __future__ import annotations

from collections.abc import Iterator

from wizard.artifacts.names import project
from wizard.deployment import Deployment

LABEL = "com.docker.compose.project.working_dir"
"""Its value is the absolute path of the folder."""


def containers(deployment: Deployment) -> list[str]:
    """The names of the containers that the written files make."""
    return [f"{project(deployment)}-{process.name}" for process in deployment.processes]


def posix(deployment: Deployment) -> Iterator[str]:
    """Lines of a POSIX script: the label, the names, and a function that tells of another folder's and fails."""
    yield "# Compose tells by this label whose a container is; so does this script. Another folder's are left alone."
    yield f"owner={LABEL}"
    yield f"names='{' '.join(containers(deployment))}'"
    yield "others() {"
    yield "    for name in $names; do"
    yield """        other=$(docker ps -a --filter "name=^$name\\$" --format "{{.Names}} of {{.Label \\"$owner\\"}}")"""
    yield '        [ -z "$other" ] || {'
    yield "            printf 'There is %s. Remove it there, or give the model another name.\\n' \"$other\" >&2"
    yield "            return 1"
    yield "        }"
    yield "    done"
    yield "}"
    yield ""
