"""Names of the Docker objects that the written files make."""

from __future__ import annotations

from wizard.deployment import Deployment, Mount
from wizard.fast_start import regex

_OTHER = regex(r"[^a-z0-9_-]")
"""Characters that names of containers do without."""


def project(deployment: Deployment) -> str:
    """Prefix of everything that the written files create, such as `serving-echo`."""
    models = deployment.plan.models
    name = models[0].name if models else deployment.plan.server
    return "serving-" + _OTHER.sub("-", name.lower())[:40]


def built_image(deployment: Deployment) -> str:
    """The image with the model baked in, without its tag, which is the name of the folder's deployment (`identity`)."""
    return project(deployment)


def baked_name(mount: Mount) -> str:
    """Where a baked file is put inside the build context."""
    return "build/" + mount.target.strip("/")
