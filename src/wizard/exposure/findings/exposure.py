"""How far an endpoint reaches, in the steps that severities depend on."""

from __future__ import annotations

from typing import Literal

from wizard.deployment import Deployment, Endpoint
from wizard.host import interface_kind

Exposure = Literal["none", "loopback", "lan", "public", "all"]


def exposure(endpoint: Endpoint) -> Exposure:
    """The widest audience an endpoint is published to on this machine."""
    if "" in endpoint.host_addresses:
        return "all"
    kinds = {interface_kind("", address) for address in endpoint.host_addresses}
    if "public" in kinds:
        return "public"
    if kinds - {"loopback"}:
        return "lan"
    return "loopback" if kinds else "none"


def beyond_loopback(endpoint: Endpoint) -> bool:
    """Whether other machines can connect."""
    return exposure(endpoint) in ("lan", "public", "all")


def managing(deployment: Deployment) -> tuple[Endpoint, ...]:
    """The management endpoints that somebody can reach without a token."""
    return tuple(
        e
        for e in deployment.endpoints
        if e.api in ("management", "grpc_management") and e.scope != "off" and e.auth == "none"
    )
