"""What a bind scope and Docker's way of publishing mean."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from wizard.deployment import Deployment, Endpoint
from wizard.deployment.common_remedies import GATEWAY_IN_FRONT, SELF_SIGNED, only_this_machine
from wizard.deployment.finding import Finding, Remedy, remedy
from wizard.exposure.findings import callers
from wizard.exposure.findings.folding import listed
from wizard.exposure.findings.known import finding
from wizard.severity import Severity


def find(deployment: Deployment) -> Iterator[Finding]:
    """Implications of where each API answers."""
    for endpoint in deployment.endpoints:
        yield from _endpoint(deployment, endpoint)
    yield from _docker(deployment)


def not_here(deployment: Deployment) -> Iterator[Finding]:
    """Addresses that this machine does not have.

    Only for a Host that was measured; any other has hardly any addresses.
    """
    here = {_plain(interface.address) for interface in deployment.host.interfaces}
    for endpoint in deployment.endpoints:
        listener = deployment.plan.listener(endpoint.api)
        asked = listener.addresses if listener else ()
        missing = [each for each in asked if not ipaddress.ip_address(each).is_loopback and _plain(each) not in here]
        if missing:
            are = "is an address" if len(missing) == 1 else "are addresses"
            message = f"{listed(missing)} {are} that this machine does not have."
            yield finding("BIND-ELSEWHERE", api=endpoint.api, message=message, remedies=_own(deployment, endpoint))


def _plain(address: str) -> str:
    """An address without its zone (link-local ones have one), in its canonical spelling."""
    return str(ipaddress.ip_address(address.partition("%")[0]))


def _own(deployment: Deployment, endpoint: Endpoint) -> tuple[Remedy, ...]:
    own = [i for i in deployment.host.own_addresses if i.kind == "private"]
    key = f"bind.{endpoint.api}.address"
    return tuple(Remedy(f"Use {each.address} ({each.name})", ((key, each.address),)) for each in own[:1])


def _endpoint(deployment: Deployment, endpoint: Endpoint) -> Iterator[Finding]:
    level = endpoint.exposure
    if endpoint.scope == "socket":
        yield finding("BIND-SOCKET", api=endpoint.api)
    if level == "none":
        return
    if level == "loopback":
        yield finding("BIND-LOOPBACK-USERS", api=endpoint.api, variant="token" if endpoint.auth != "none" else "")
        yield from _browser(endpoint)
        return
    yield from _browser(endpoint)
    token: Severity = "high" if endpoint.auth == "none" else "medium"
    narrow = _narrow(deployment, endpoint)
    variant = "_".join(["token"] * (endpoint.auth != "none") + ["tls"] * endpoint.tls)
    if level == "all":
        yield finding("BIND-ALL", token, endpoint.api, narrow, variant=variant)
        if not endpoint.ipv4_only and any(i.family == 6 and i.kind != "loopback" for i in deployment.host.interfaces):
            yield finding("BIND-ALL-V6", "high" if token == "high" else "low", endpoint.api, narrow)
    public = any(i.kind == "public" for i in deployment.host.interfaces)
    if level == "public" or (level == "all" and public):
        worst: Severity = "critical" if endpoint.auth == "none" else "medium"
        yield finding("BIND-PUBLIC", worst, endpoint.api, narrow, variant=variant)
    if level == "lan":
        severity: Severity = "low" if variant == "token_tls" else "medium"
        yield finding("BIND-LAN", severity, endpoint.api, narrow, variant=variant)
    if not endpoint.tls:
        yield finding("BIND-NO-TLS", api=endpoint.api, remedies=(SELF_SIGNED,))
    if endpoint.served_by == "server":
        yield finding("DOS-UNBOUNDED", api=endpoint.api)
    if endpoint.api == "metrics" and endpoint.auth == "none":
        yield finding("METRICS-OPEN", api=endpoint.api)


def _browser(endpoint: Endpoint) -> Iterator[Finding]:
    """What a browser on this machine can be made to do; true of every scope that includes this machine."""
    bare = endpoint.auth == "none" and endpoint.served_by == "server" and endpoint.protocol == "http"
    if not bare or endpoint.api == "metrics":
        return
    guard = (GATEWAY_IN_FRONT,)
    yield finding("BIND-LOOPBACK-BROWSER", api=endpoint.api, remedies=guard)
    yield finding("BIND-REBIND", api=endpoint.api, remedies=guard)
    if endpoint.exposure in ("loopback", "all"):
        yield finding("BIND-ZERO-DAY", "low", endpoint.api, guard)


def _narrow(deployment: Deployment, endpoint: Endpoint) -> tuple[Remedy, ...]:
    prefix = f"bind.{endpoint.api}."
    local = only_this_machine(endpoint.api)
    own = [i for i in deployment.host.own_addresses if i.kind == "private"]
    elsewhere = callers.come_from_elsewhere(deployment, endpoint)
    if endpoint.exposure != "all" or not own:
        # Shutting out named callers is no fix.
        return () if elsewhere else (local,)
    # The narrowest scope that does what was asked comes first: a single key applies the first one.
    label = f"Only on {own[0].address} ({own[0].name})"
    one = Remedy(label, ((prefix + "scope", "interface"), (prefix + "address", own[0].address)))
    return (one, local) if elsewhere else (local, one)


def _docker(deployment: Deployment) -> Iterator[Finding]:
    if deployment.plan.native:
        return
    for process in deployment.processes:
        if process.user.partition(":")[0] in ("0", "root"):
            message = (
                f"The {process.name} runs as root in its container, because a folder that it shares with you is root's."
            )
            yield finding("RUN-AS-ROOT", message=message, subject=process.name)
    published = [e for e in deployment.endpoints if e.published]
    if deployment.plan.run.network != "bridge":
        everywhere = any(e.exposure == "all" for e in published)
        bridge = (remedy("Use a Docker network", run__network="bridge"),)
        yield finding("DOCKER-HOSTNET", "high" if everywhere else "medium", remedies=bridge)
        return
    engine = deployment.engine
    reroutable = not any(e.beyond_loopback for e in published) and _routes_loopback(deployment)
    for endpoint in deployment.endpoints:
        narrow = _narrow(deployment, endpoint)
        if endpoint.exposure == "all":
            severity: Severity = "high" if endpoint.auth == "none" else "medium"
            yield finding("DOCKER-PUBLISH-ALL", severity, endpoint.api, narrow, variant=engine.name)
        if endpoint.beyond_loopback and deployment.host.firewall and engine.past_the_firewall:
            yield finding("DOCKER-UFW", api=endpoint.api, remedies=narrow, variant=engine.name)
        if endpoint.published and reroutable:
            yield finding("DOCKER-L2", api=endpoint.api)
        if endpoint.scope in ("off", "socket"):
            continue
        if endpoint.auth == "none" or endpoint.scope == "internal":
            yield _peers(deployment, endpoint)


def _peers(deployment: Deployment, endpoint: Endpoint) -> Finding:
    token = ["token"] * (endpoint.auth != "none")
    others = ["" if deployment.kept_apart(endpoint.served_by) else deployment.engine.name]
    variant = "_".join(filter(None, [*others, *token]))
    return finding("DOCKER-PEERS", "info" if token else None, endpoint.api, variant=variant)


def _routes_loopback(deployment: Deployment) -> bool:
    """Whether this is a Docker that lets other machines on the network reach ports published on loopback."""
    known, podman = deployment.host.docker, "podman" in (deployment.engine.name, deployment.host.docker.engine)
    version = () if podman else known.version
    fixed = (28, 3, 3) if deployment.host.firewall == "firewalld" else (28, 0)
    return bool(version) and version < fixed
