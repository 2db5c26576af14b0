"""What determines how a running server answers: its release, switches and models, however it was started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wizard.deployment import Deployment
from wizard.servers.tensorflow_serving import layout
from wizard.servers.tensorflow_serving.knowledge import supported
from wizard.servers.version_given import release


@dataclass(frozen=True, slots=True)
class Served:
    """One model that is served."""

    versions: frozenset[int] | None = None
    """Versions that are loaded; None if the folder decides, and any is assumed to be there."""
    labels: Mapping[str, int] = field(default_factory=dict)
    inputs: Mapping[str, tuple[str, ...]] | None = None
    """Signature -> names of its inputs, all of floats; None if unknown."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server process, as far as its answers depend on it."""

    version: tuple[int, ...]
    models: Mapping[str, Served]
    rest: bool = True
    """It has a REST port."""
    cors: bool = False
    metrics_path: str = ""
    """Empty: the page is off."""
    rest_threads: int | None = None
    """Threads for REST if the flag sets them; the loop that accepts connections takes one of them."""

    @property
    def libevent_is_old(self) -> bool:
        """Releases before 2.17 contain libevent 2.1.8, later ones 2.1.12 (workspace.bzl)."""
        return self.version[:2] < (2, 17)


def of(deployment: Deployment) -> Running:
    """The server of a deployment."""
    plan = deployment.plan
    models = {each.name: Served(layout.served_versions(each), each.labels) for each in plan.models}
    return Running(
        version=release(supported(plan.version)),
        models=models,
        rest=bool(layout.rest_port(deployment)),
        cors=layout.cors_on(deployment),
        metrics_path=layout.METRICS_PATH if layout.metrics_on(deployment) else "",
        rest_threads=int(plan.settings.given["rest_threads"]) if "rest_threads" in plan.settings.given else None,
    )
