"""What a server brings with it whatever is chosen, and what its own switches mean."""

from __future__ import annotations

from collections.abc import Iterator

from wizard import servers
from wizard.deployment import Deployment, Endpoint
from wizard.exposure.findings.exposure import beyond_loopback, exposure
from wizard.exposure.findings.values import Finding, Severity, finding, remedy

_TOKENS_SINCE = (0, 11, 1)
_GRPC_ADDRESS_SINCE = (0, 11, 0)


def find(deployment: Deployment) -> Iterator[Finding]:
    """Implications of the server itself."""
    if servers.adapter(deployment.plan.server).abilities(deployment.plan.version).unverified:
        yield finding("RELEASE-UNSEEN")
    if deployment.plan.server == "torchserve":
        yield from _torchserve(deployment)
    elif deployment.plan.server == "tensorflow-serving":
        yield from _tensorflow_serving(deployment)


def _version(deployment: Deployment) -> tuple[int, ...]:
    return tuple(int(part) for part in deployment.plan.version.split("."))


def _torchserve(deployment: Deployment) -> Iterator[Finding]:
    version = _version(deployment)
    published = [e for e in deployment.endpoints if e.published]
    exposed = [e for e in published if beyond_loopback(e)]
    direct = [e for e in exposed if e.served_by == "server"]
    yield finding("TS-UNMAINTAINED", "high" if direct else "medium")
    if deployment.plan.models:
        # Trust in the model is the same whatever is chosen here, so it asks for no confirmation of its own.
        yield finding("MODEL-IS-CODE-MAR", "medium")
    yield from _torchserve_management(deployment, version)
    yield from _torchserve_token(deployment, version, published)
    exposed_grpc = deployment.plan.run.how == "native" or deployment.plan.run.network == "host"
    if version < _GRPC_ADDRESS_SINCE and exposed_grpc:
        newer = (remedy("Use 0.12.0", version="0.12.0"),)
        yield finding("TS-GRPC-BIND", "high", "grpc", newer)


def _torchserve_management(deployment: Deployment, version: tuple[int, ...]) -> Iterator[Finding]:
    reachable = [e for e in deployment.endpoints if e.api in ("management", "grpc_management") and e.scope != "off"]
    token = (remedy("Ask for a token", auth__management="gateway-token"),)
    for endpoint in reachable:
        yield finding("TS-MGMT-RCE", _management_severity(endpoint), endpoint.api, token)
        if endpoint.served_by != "server":
            continue
        if endpoint.auth == "none" and endpoint.protocol == "http":
            severity: Severity = "critical" if version < _TOKENS_SINCE else "medium"
            yield finding("TS-MGMT-CSRF", severity, endpoint.api, token)
        if version < _TOKENS_SINCE:
            yield finding("TS-MODEL-API-ON", api=endpoint.api)


def _management_severity(endpoint: Endpoint) -> Severity:
    if endpoint.served_by == "gateway":
        return "low" if endpoint.auth != "none" else "high"
    if endpoint.auth == "none":
        return "critical"
    return "high" if beyond_loopback(endpoint) else "low"


def _torchserve_token(deployment: Deployment, version: tuple[int, ...], published: list[Endpoint]) -> Iterator[Finding]:
    if version < _TOKENS_SINCE or deployment.server_token:
        return
    token = (remedy("Ask for the server's own token", auth__inference="server-token", auth__management="server-token"),)
    for endpoint in published:
        if endpoint.auth == "none" and endpoint.api != "metrics":
            severity: Severity = "high" if beyond_loopback(endpoint) else "medium"
            yield finding("TS-TOKEN-OFF", severity, endpoint.api, token)


def _tensorflow_serving(deployment: Deployment) -> Iterator[Finding]:
    if deployment.plan.models:
        yield finding("MODEL-IS-CODE-SAVEDMODEL", "medium")
    token = (remedy("Ask for a token at the gateway", auth__inference="gateway-token"),)
    for endpoint in deployment.endpoints:
        if beyond_loopback(endpoint) and endpoint.auth == "none" and endpoint.api != "metrics":
            yield finding("TFS-NOAUTH", api=endpoint.api, remedies=token)
        direct = endpoint.published and endpoint.served_by == "server"
        if direct and endpoint.api == "inference":
            guard = (remedy("Put the gateway in front", gateway__kind="nginx"),)
            yield finding("TFS-ANY-CONTENT-TYPE", api="inference", remedies=guard)
        if endpoint.scope in ("loopback", "interface") and exposure(endpoint) == "all":
            docker = (remedy("Run it in Docker", run__how="docker", run__network="bridge"),)
            yield finding("TFS-BIND-FIXED", api=endpoint.api, remedies=docker)
    inference = deployment.endpoint("inference")
    if inference and inference.cors.layer == "native":
        yield finding("TFS-CORS-FIXED", api="inference")
