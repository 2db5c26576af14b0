"""Findings that any TorchServe has, and what its own switches mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wizard.deployment import Deployment
from wizard.deployment.common_remedies import NEWEST_VERSION, NO_TOKEN, no_page
from wizard.deployment.finding import Catalogue, Finding, remedy
from wizard.servers.torchserve import layout
from wizard.severity import Severity

TEXTS = Catalogue("wizard.servers.torchserve", "findings.toml")
_MIB = 1024 * 1024
_MANAGED = ("management", "grpc_management")


def find(deployment: Deployment) -> Iterator[Finding]:
    """Every finding that only TorchServe has."""
    yield TEXTS.finding("TS-UNMAINTAINED")
    if deployment.plan.models:
        # Trust in the model is the same whatever is chosen here, so it asks for no confirmation of its own.
        yield TEXTS.finding("MODEL-IS-CODE-MAR")
    yield from _token(deployment)
    yield from _registering(deployment)
    yield from _cors(deployment)
    yield from _body(deployment)
    if not layout.has(deployment, "grpc_addresses") and not deployment.plan.bridged:
        for endpoint in deployment.endpoints:
            if endpoint.protocol == "grpc":
                yield TEXTS.finding("TS-GRPC-BIND", api=endpoint.api, remedies=(NEWEST_VERSION,))


def _registering(deployment: Deployment) -> Iterator[Finding]:
    """The text for an old release that replaces the usual one; its severity depends on who can connect."""
    if layout.has(deployment, "model_api_switch"):
        return
    for endpoint in deployment.endpoints:
        if endpoint.api in _MANAGED and endpoint.scope != "off" and endpoint.served_by == "server":
            page = endpoint.published and endpoint.auth == "none" and endpoint.protocol == "http"
            words = "old_page" if page else "old"
            yield TEXTS.finding("CALLER-CONTROLS-MODELS", "info", endpoint.api, (NEWEST_VERSION,), variant=words)


def _token(deployment: Deployment) -> Iterator[Finding]:
    if not layout.has(deployment, "token") or (deployment.server_token and not deployment.presented):
        return
    # A page cannot pass the server's own token; without a gateway nothing else could ask for one.
    pages = any(e.published and e.cors.layer == "native" for e in deployment.endpoints)
    asked = (
        remedy("Let a gateway ask for a token", auth__inference="gateway-token", auth__management="gateway-token")
        if pages
        else remedy("Ask for the server's own token", auth__inference="server-token", auth__management="server-token")
    )
    fix = replace(asked, patch=(*asked.patch, ("gateway.kind", "auto"))) if pages else asked
    for endpoint in deployment.endpoints:
        if endpoint.published and endpoint.auth == "none" and endpoint.api != "metrics":
            severity: Severity = "high" if endpoint.beyond_loopback else "medium"
            words = "pages" if pages else ""
            yield TEXTS.finding("TS-TOKEN-OFF", severity, endpoint.api, (fix,), variant=words)


def _cors(deployment: Deployment) -> Iterator[Finding]:
    for endpoint in deployment.endpoints:
        if endpoint.protocol != "http" or endpoint.scope in ("off", "socket"):
            continue
        if endpoint.published and endpoint.cors.layer == "native" and endpoint.cors.origins != ("*",):
            yield TEXTS.finding("TS-STATIC-ORIGIN", api=endpoint.api)
        asked = deployment.plan.cors_rule(endpoint.api).origins
        if asked and endpoint.auth == "server-token" and endpoint.served_by == "server":
            fixes = (
                remedy("Let the gateway answer preflights", gateway__kind="auto"),
                no_page(endpoint.api),
                NO_TOKEN,
            )
            yield TEXTS.finding("TS-PREFLIGHT-TOKEN", api=endpoint.api, remedies=fixes)


def _body(deployment: Deployment) -> Iterator[Finding]:
    """A request that the server would accept, but the gateway in front of it refuses."""
    largest = int(deployment.plan.settings.given.get("max_request_size", 0))
    needed = -(-largest // _MIB)
    if needed > deployment.plan.gateway.max_body_mib:
        for endpoint in deployment.endpoints:
            if endpoint.api == "inference" and endpoint.served_by == "gateway":
                fix = remedy(f"Let the gateway accept {needed} MiB", gateway__max_body_mib=needed)
                yield TEXTS.finding("TS-BODY-GATEWAY", api=endpoint.api, remedies=(fix,))
