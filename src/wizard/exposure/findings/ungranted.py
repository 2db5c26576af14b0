"""Wishes that nothing in the Plan grants: those that need a gateway, and those that are impossible."""

from __future__ import annotations

from collections.abc import Iterator

from wizard import registry
from wizard.deployment import Decision, Deployment, Endpoint
from wizard.deployment.common_remedies import (
    IN_DOCKER,
    IN_DOCKER_APART,
    NEWEST_VERSION,
    NO_TOKEN,
    OWN_NETWORK,
    no_page,
    not_published,
)
from wizard.deployment.finding import Finding, Remedy, remedy
from wizard.exposure.findings.known import finding
from wizard.plan import Intent
from wizard.plan.intents import PAGES, SCOPES

_BY_GATEWAY = (
    (SCOPES - {Intent.ALL_INTERFACES}) | PAGES | {Intent.NO_PAGES, Intent.OWN_POLICY, Intent.TOKEN, Intent.TLS}
)
"""Wishes that a gateway can grant."""


def _needs_gateway(deployment: Deployment) -> Iterator[Finding]:
    """Wishes that only a gateway grants, in a Plan that forbids the gateway."""
    not_even_then = {d.reason for d in _general(deployment)}
    for decision in deployment.decisions:
        if decision.layer != "impossible" or decision.api is None or deployment.has_gateway:
            continue
        if decision.reason in not_even_then:
            continue
        if decision.intent not in _BY_GATEWAY:
            continue
        endpoint = deployment.endpoint(decision.api)
        if endpoint is None or (decision.intent in PAGES and _refuses_preflights(deployment, endpoint)):
            continue  # the server's own package has a better text
        yield finding(
            "NEEDS-GATEWAY",
            "functional",
            decision.api,
            (
                remedy("Let the gateway do it", gateway__kind="auto"),
                IN_DOCKER_APART,
                OWN_NETWORK,
                remedy("Use both", run__how="docker", run__network="bridge", gateway__kind="auto"),
                *_forget(deployment, decision.intent, endpoint),
            ),
            message=f"Without a gateway this cannot be had: {decision.reason}",
            why=f"{decision.reason} ({decision.fact})",
            subject=decision.intent,
        )


def _beside_gateway(deployment: Deployment) -> Iterator[Finding]:
    """A server that listens everywhere on the host's own network, whatever stands in front of it."""
    for decision in deployment.decisions:
        scope = decision.intent in SCOPES
        if scope and decision.layer == "impossible" and decision.api and deployment.has_gateway:
            own = (OWN_NETWORK, IN_DOCKER_APART)
            why = f"{decision.reason} ({decision.fact})"
            yield finding("BESIDE-GATEWAY", "functional", decision.api, own, message=decision.reason, why=why)


def _forget(deployment: Deployment, intent: Intent, endpoint: Endpoint) -> tuple[Remedy, ...]:
    """The fix that gives up the wish."""
    api = endpoint.api
    if intent in PAGES:
        return (no_page(api),)
    if intent == Intent.OWN_POLICY:
        same = tuple(
            (f"cors.management.{key}", value)
            for key, value in deployment.plan.cors.inference.model_dump(mode="json").items()
        )
        return (not_published(api), Remedy("Same pages for both", same))
    if intent == Intent.TOKEN:
        return (Remedy("No token", ((f"auth.{api}", "none"),)),)
    return (remedy("No encryption", tls__mode="off"),) if intent == Intent.TLS else ()


def _refuses_preflights(deployment: Deployment, endpoint: Endpoint) -> bool:
    """Whether the server asks for its token on preflights too, which never carry one."""
    abilities = registry.adapter(deployment.plan.server).abilities(deployment.plan.version)
    return endpoint.auth == "server-token" and not abilities.token_preflights


def _general(deployment: Deployment) -> tuple[Decision, ...]:
    """What is impossible, each sentence once."""
    found = {d.reason: d for d in deployment.decisions if d.layer == "impossible" and d.api is None}
    return tuple(found.values())


def _impossible(deployment: Deployment) -> Iterator[Finding]:
    """What neither the server, nor Docker, nor a gateway can do."""
    for decision in _general(deployment):
        yield finding(
            "CANNOT-BE-HAD",
            "functional",
            message=decision.reason,
            why=f"{decision.reason} ({decision.fact})",
            remedies=(
                remedy("Leave it out", bind__management=None, bind__grpc_management=None, cors__management=None),
                remedy("Leave it out", bind__management=None, bind__grpc_management=None, cors__management__origins=[]),
                remedy("Ask for the token at the gateway", auth__inference="gateway-token"),
                remedy("Ask for the token at the gateway", auth__management="gateway-token"),
                NO_TOKEN,
                IN_DOCKER,
                OWN_NETWORK,
                remedy("Let Docker run it", run__engine="docker"),
                NEWEST_VERSION,
                remedy("Leave the gRPC ports to the default", bind__grpc=None, bind__grpc_management=None),
                remedy("Leave all ports to the default", bind__management=None, bind__metrics=None, bind__grpc=None),
                *_model_fixes(deployment),
            ),
            subject=decision.reason,
        )


def _model_fixes(deployment: Deployment) -> Iterator[Remedy]:
    """The fixes that give up a wish about a model's versions."""
    for number, model in enumerate(deployment.plan.models):
        key = f"models.{number}."
        yield Remedy(f"Serve every version of {model.name}", ((key + "versions", "all"),))
        yield Remedy(f"No labels for {model.name}", ((key + "labels", {}),))
        if model.as_version is not None:
            yield Remedy(f"The folder of {model.name} holds numbered versions", ((key + "as_version", None),))


RULES = (_needs_gateway, _beside_gateway, _impossible)
