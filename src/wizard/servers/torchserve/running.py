"""What determines how a running server answers: its release, settings and models, however it was started."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.deployment import Deployment
from wizard.servers.torchserve import layout, render


@dataclass(frozen=True, slots=True)
class Running:
    """A server process, as far as its answers depend on it."""

    models: frozenset[str]
    cors: tuple[tuple[str, str], ...] = ()
    """The CORS headers of every answer, as they are sent."""
    token: bool = False
    """Every call needs a key."""
    model_api: bool = True
    """Models may be added and removed over the network."""
    metrics: bool = True
    """The metrics API is on."""


def of(deployment: Deployment) -> Running:
    """The server of a deployment."""
    return Running(
        models=frozenset(each.name for each in deployment.plan.models),
        cors=_cors(deployment),
        token=deployment.server_token,
        model_api=not layout.has(deployment, "model_api_switch"),
        metrics=any(each.api == "metrics" and each.scope != "off" for each in deployment.endpoints),
    )


def cors_headers(origin: str, methods: str, headers: str) -> tuple[tuple[str, str], ...]:
    """The headers made from three values: each is sent unchanged, an empty one not at all."""
    values = (
        ("access-control-allow-origin", origin),
        ("access-control-allow-methods", methods),
        ("access-control-allow-headers", headers),
    )
    return tuple((name, value) for name, value in values if value)


def _cors(deployment: Deployment) -> tuple[tuple[str, str], ...]:
    cors = render.native_cors(deployment)
    return () if cors is None else cors_headers(cors.origins[0], ", ".join(cors.methods), ", ".join(cors.headers))
