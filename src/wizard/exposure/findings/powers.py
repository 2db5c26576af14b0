"""What callers can make the server do besides predictions, derived from its APIs and the forwarded routes."""

from __future__ import annotations

from collections.abc import Iterator

from wizard import registry
from wizard.deployment import Deployment, Endpoint
from wizard.deployment.common_remedies import GATEWAY_IN_FRONT, only_this_machine, switched_off
from wizard.deployment.finding import Finding, Remedy
from wizard.exposure.findings.known import texts
from wizard.gateway.expected_responses import routes
from wizard.servers.requests import Does
from wizard.severity import Severity


def find(deployment: Deployment) -> Iterator[Finding]:
    """The APIs over which callers decide which models run; most severe if the whole world may call."""
    for endpoint in deployment.endpoints:
        if endpoint.scope == "off" and not endpoint.published:
            continue
        does = callers_can(deployment, endpoint)
        if not does & {"change-models", "run-code"}:
            continue
        code = "code" if "run-code" in does else ""
        yield texts(deployment.plan.server).finding(
            "CALLER-CONTROLS-MODELS", _severity(endpoint), endpoint.api, _fixes(endpoint), variant=code
        )


def callers_can(deployment: Deployment, endpoint: Endpoint) -> frozenset[Does]:
    """What anyone who reaches an API can make it do; behind a gateway, only what the gateway forwards."""
    if endpoint.served_by == "gateway":
        return frozenset(does for route in routes(deployment, endpoint) for does in route.does)
    return frozenset(registry.spec(deployment.plan.server, endpoint.api).does)


def _severity(endpoint: Endpoint) -> Severity:
    """By who can connect; on this machine, a web page can send to HTTP, but not to gRPC."""
    behind = endpoint.served_by == "gateway"
    if endpoint.scope == "socket":
        return "low"
    if endpoint.beyond_loopback:
        if endpoint.auth != "none":
            return "low" if behind else "high"
        return "high" if behind else "critical"
    if endpoint.auth != "none":
        return "low"
    if endpoint.protocol == "grpc":
        return "medium"
    return "high" if behind else "critical"


def _fixes(endpoint: Endpoint) -> tuple[Remedy, ...]:
    found = [only_this_machine(endpoint.api)] if endpoint.beyond_loopback else []
    if endpoint.served_by != "gateway":
        found.append(GATEWAY_IN_FRONT)
    return (*found, switched_off(endpoint.api)) if endpoint.api != "inference" else tuple(found)
