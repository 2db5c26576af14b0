"""What a list of origins means. Nothing here calls CORS a protection: it decides who may read answers."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.cors.sites import aliases, classify
from wizard.deployment import Deployment, Endpoint
from wizard.exposure.findings.exposure import beyond_loopback, exposure
from wizard.exposure.findings.values import Finding, Remedy, finding

_LONG_MEMORY = 3600
"""Seconds of preflight memory that are worth a word."""


def find(deployment: Deployment) -> Iterator[Finding]:
    """Implications of the CORS answers of each HTTP API."""
    for endpoint in deployment.endpoints:
        if endpoint.protocol == "http" and endpoint.published and endpoint.api != "metrics":
            yield from _endpoint(deployment, endpoint)
    yield from _shared(deployment)
    if any(e.cors.origins for e in deployment.endpoints):
        for endpoint in deployment.endpoints:
            if endpoint.protocol == "grpc" and endpoint.published:
                yield finding("GRPC-NO-CORS", api=endpoint.api)


def _endpoint(deployment: Deployment, endpoint: Endpoint) -> Iterator[Finding]:
    policy = endpoint.cors
    if endpoint.served_by == "server" and endpoint.auth == "none":
        guard = (Remedy("Put the gateway in front", (("gateway.kind", "nginx"),)),)
        yield finding("CORS-REQUEST-RUNS", api=endpoint.api, remedies=guard)
    if not policy.origins:
        return
    yield finding("CORS-NOT-AUTH", api=endpoint.api)
    if policy.origins == ("*",):
        yield from _wildcard(endpoint)
        return
    if policy.layer == "native" and len(policy.origins) == 1 and deployment.plan.server == "torchserve":
        yield finding("TS-STATIC-ORIGIN", api=endpoint.api)
    if policy.max_age is not None and policy.max_age > _LONG_MEMORY:
        shorter = Remedy("Remember for 600 seconds", ((f"cors.{endpoint.api}.max_age", 600),))
        yield finding("CORS-MAXAGE", api=endpoint.api, remedies=(shorter,))
    if "*" in policy.headers and endpoint.auth != "none" and "authorization" not in policy.headers:
        named = Remedy("Name authorization", ((f"cors.{endpoint.api}.headers", [*policy.headers, "authorization"]),))
        yield finding("CORS-AUTH-STAR", "medium", endpoint.api, (named,))
    yield from _origins(endpoint)


def _wildcard(endpoint: Endpoint) -> Iterator[Finding]:
    if exposure(endpoint) == "public":
        yield finding("CORS-WILDCARD-PUBLIC", "medium", endpoint.api)
    else:
        severity = "high" if endpoint.auth == "none" else "medium"
        off = Remedy("Allow no page", ((f"cors.{endpoint.api}.origins", []),))
        yield finding("CORS-WILDCARD-INTERNAL", "high" if severity == "high" else "medium", endpoint.api, (off,))


def _origins(endpoint: Endpoint) -> Iterator[Finding]:
    policy = endpoint.cors
    key = f"cors.{endpoint.api}.origins"
    flags = {origin: classify(origin) for origin in policy.origins}
    wide = beyond_loopback(endpoint)
    for origin, flag in flags.items():
        rest = Remedy(f"Remove {origin}", ((key, [o for o in policy.origins if o != origin]),))
        if flag.loopback and not set(aliases(origin)) <= set(policy.origins):
            every = Remedy("List all three", ((key, list(dict.fromkeys([*policy.origins, *aliases(origin)]))),))
            remedies = (every,) if policy.layer == "gateway" else ()
            yield finding("CORS-LOCALHOST-ALIASES", "info", endpoint.api, remedies)
        if flag.loopback and wide:
            yield finding("CORS-LOCALHOST-PROD", api=endpoint.api, remedies=(rest,))
        if flag.http and not flag.loopback and endpoint.tls:
            yield finding("CORS-HTTP-ORIGIN", api=endpoint.api, remedies=(rest,))
        if flag.shared_suffix:
            whole = flag.whole_suffix
            yield finding("CORS-SHARED-HOST", "high" if whole else "low", endpoint.api, (rest,) if whole else ())
        if not flag.loopback and not flag.private and not flag.extension:
            yield finding("BIND-LNA-PARTIAL", api=endpoint.api)
        if wide and not flag.http and not flag.extension and not endpoint.tls and exposure(endpoint) == "all":
            tls = Remedy("Encrypt it", (("tls.mode", "self-signed"),))
            yield finding("CORS-MIXED", "medium", endpoint.api, (tls,))


def _shared(deployment: Deployment) -> Iterator[Finding]:
    inference, management = deployment.endpoint("inference"), deployment.endpoint("management")
    if inference is None or management is None or not management.published:
        return
    both = set(inference.cors.origins) & set(management.cors.origins)
    if both:
        own = Remedy("Allow no page to manage", (("cors.management.origins", []),))
        yield finding("CORS-MGMT-SHARED", api="management", remedies=(own,))
