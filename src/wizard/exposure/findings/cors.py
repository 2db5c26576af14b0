"""What a list of origins means. Nothing here calls CORS a protection: it decides who may read answers."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.cors.origin_traits import aliases, classify
from wizard.deployment import Deployment, Endpoint
from wizard.deployment.common_remedies import GATEWAY_IN_FRONT, SELF_SIGNED, no_page, only_this_machine
from wizard.deployment.finding import Finding, Remedy
from wizard.exposure.findings.folding import listed
from wizard.exposure.findings.known import finding
from wizard.severity import LESS, Severity

_LONG_MEMORY = 3600
"""If browsers may remember a preflight answer for longer than this, that is a finding; seconds."""


def find(deployment: Deployment) -> Iterator[Finding]:
    """Implications of the CORS answers of each HTTP API."""
    developing = "browser" in deployment.plan.audiences
    for endpoint in deployment.endpoints:
        if endpoint.protocol != "http" or endpoint.api == "metrics":
            continue
        if endpoint.published:
            yield from _endpoint(endpoint, developing)
        elif endpoint.cors.origins == ("*",) and endpoint.served_by == "server" and "pages" in endpoint.access.callers:
            # A gateway refuses the container's own address as a host name; a server answers to any name.
            yield from _wildcard(endpoint)
    yield from _shared(deployment)
    if any(e.cors.origins for e in deployment.endpoints):
        for endpoint in deployment.endpoints:
            if endpoint.protocol == "grpc" and endpoint.published:
                yield finding("GRPC-NO-CORS", api=endpoint.api)


def _endpoint(endpoint: Endpoint, developing: bool) -> Iterator[Finding]:
    """`developing`: a page in a browser of this machine was named as a caller."""
    policy = endpoint.cors
    if endpoint.served_by == "server" and endpoint.auth == "none":
        yield finding("CORS-REQUEST-RUNS", api=endpoint.api, remedies=(GATEWAY_IN_FRONT,))
    if not policy.origins:
        return
    yield finding("CORS-NOT-AUTH", api=endpoint.api)
    if policy.origins == ("*",):
        yield from _wildcard(endpoint)
        return
    if policy.max_age is not None and policy.max_age > _LONG_MEMORY:
        shorter = Remedy("Remember for 600 seconds", ((f"cors.{endpoint.api}.max_age", 600),))
        yield finding("CORS-MAXAGE", api=endpoint.api, remedies=(shorter,))
    if "*" in policy.headers and endpoint.auth != "none" and "authorization" not in policy.headers:
        named = Remedy("Name authorization", ((f"cors.{endpoint.api}.headers", [*policy.headers, "authorization"]),))
        yield finding("CORS-AUTH-STAR", "medium", endpoint.api, (named,))
    yield from _origins(endpoint, developing)


def _wildcard(endpoint: Endpoint) -> Iterator[Finding]:
    if endpoint.exposure == "public":
        yield finding("CORS-WILDCARD-PUBLIC", "medium", endpoint.api)
    else:
        severity: Severity = "high" if endpoint.auth == "none" else "medium"
        remedies = (no_page(endpoint.api),)
        if endpoint.published:
            yield finding("CORS-WILDCARD-INTERNAL", severity, endpoint.api, remedies)
        else:
            yield finding("CORS-WILDCARD-INTERNAL", LESS[severity], endpoint.api, remedies, variant="unpublished")


def _origins(endpoint: Endpoint, developing: bool) -> Iterator[Finding]:
    """Properties of the listed origins; each is reported once per API, with the origins it applies to."""
    policy = endpoint.cors
    flags = {origin: classify(origin) for origin in policy.origins}
    wide = endpoint.beyond_loopback

    def without(*unwanted: str) -> tuple[Remedy, ...]:
        rest = [origin for origin in policy.origins if origin not in unwanted]
        return (Remedy(f"Remove {listed(list(unwanted))}", ((f"cors.{endpoint.api}.origins", rest),)),)

    yield from _aliases(endpoint, [origin for origin, flag in flags.items() if flag.loopback])
    local = [origin for origin, flag in flags.items() if flag.loopback and wide]
    if local:
        ways = (only_this_machine(endpoint.api), *without(*local)) if developing else without(*local)
        yield finding("CORS-LOCALHOST-PROD", api=endpoint.api, remedies=ways)
    plain = [o for o, flag in flags.items() if flag.http and not flag.loopback and endpoint.tls]
    if plain:
        yield finding("CORS-HTTP-ORIGIN", api=endpoint.api, remedies=without(*plain))
    suffixes = [o for o, flag in flags.items() if flag.whole_suffix]
    shared = [o for o, flag in flags.items() if flag.shared_suffix]
    if suffixes:
        yield finding("CORS-SHARED-HOST", "high", endpoint.api, without(*suffixes))
    elif shared:
        yield finding("CORS-SHARED-HOST", "low", endpoint.api)
    if any(not (flag.loopback or flag.private or flag.extension) for flag in flags.values()):
        yield finding("BIND-LNA-PARTIAL", api=endpoint.api)
    secure = any(not flag.http and not flag.extension for flag in flags.values())
    if secure and not endpoint.tls and endpoint.exposure == "all":
        yield finding("CORS-MIXED", "medium", endpoint.api, (SELF_SIGNED,))


def _aliases(endpoint: Endpoint, local: list[str]) -> Iterator[Finding]:
    """localhost, 127.0.0.1 and [::1]: one of them is on the list, and another in the address bar."""
    policy = endpoint.cors
    lacking = [origin for origin in local if not set(aliases(origin)) <= set(policy.origins)]
    if not lacking:
        return
    every = [*policy.origins, *(alias for origin in lacking for alias in aliases(origin))]
    key = f"cors.{endpoint.api}.origins"
    fix = Remedy("List localhost, 127.0.0.1 and [::1]", ((key, list(dict.fromkeys(every))),))
    other = next(alias for alias in aliases(lacking[0]) if alias not in policy.origins)
    said = f"{lacking[0]} is on the list and {other} is not: to a browser they are different pages."
    remedies = (fix,) if policy.layer == "gateway" else ()
    yield finding("CORS-LOCALHOST-ALIASES", api=endpoint.api, remedies=remedies, message=said)


def _shared(deployment: Deployment) -> Iterator[Finding]:
    inference, management = deployment.endpoint("inference"), deployment.endpoint("management")
    if inference is None or management is None or not management.published:
        return
    both = set(inference.cors.origins) & set(management.cors.origins)
    if both:
        own = Remedy("Allow no page to manage", (("cors.management.origins", []),))
        yield finding("CORS-MGMT-SHARED", api="management", remedies=(own,))
