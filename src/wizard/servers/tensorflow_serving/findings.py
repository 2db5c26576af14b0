"""Findings that any TensorFlow Serving has, and what its own switches mean."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.deployment import Deployment
from wizard.deployment.common_remedies import GATEWAY_IN_FRONT, IN_DOCKER
from wizard.deployment.finding import Catalogue, Finding, remedy

TEXTS = Catalogue("wizard.servers.tensorflow_serving", "findings.toml")


def find(deployment: Deployment) -> Iterator[Finding]:
    """Every finding that only TensorFlow Serving has."""
    if deployment.plan.models:
        # Trust in the model is the same whatever is chosen here, so it asks for no confirmation of its own.
        yield TEXTS.finding("MODEL-IS-CODE-SAVEDMODEL")
    token = (remedy("Ask for a token at the gateway", auth__inference="gateway-token"),)
    for endpoint in deployment.endpoints:
        if endpoint.beyond_loopback and endpoint.auth == "none" and endpoint.api != "metrics":
            yield TEXTS.finding("TFS-NOAUTH", api=endpoint.api, remedies=token)
        if not endpoint.published or endpoint.served_by != "server":
            continue
        if endpoint.api == "inference":
            yield TEXTS.finding("TFS-ANY-CONTENT-TYPE", api=endpoint.api, remedies=(GATEWAY_IN_FRONT,))
        if not deployment.networks:
            narrower = (IN_DOCKER,) if endpoint.scope != "all" else ()
            yield TEXTS.finding("TFS-BIND-FIXED", api=endpoint.api, remedies=narrower)
        if endpoint.cors.layer == "native":
            yield TEXTS.finding("TFS-CORS-FIXED", api=endpoint.api)
