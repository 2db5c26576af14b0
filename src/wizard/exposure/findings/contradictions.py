"""Answers that are each valid but cannot work together, each with its smallest fix.

A finding here is `functional`. Its remedies are tried against the Plan, and only those are offered that really remove
it, if possible without causing a new contradiction; the smallest comes first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, product
from typing import NamedTuple

from wizard import registry
from wizard.deployment import Deployment, Endpoint
from wizard.deployment.access import Listening
from wizard.deployment.common_remedies import SELF_SIGNED, SELF_SIGNED_AT_GATEWAY, only_this_machine, switched_off
from wizard.deployment.finding import Finding, Remedies, Remedy, remedy
from wizard.exposure.findings import ungranted
from wizard.exposure.findings.known import finding
from wizard.placement.endpoints import moved
from wizard.placement.resolve import patched
from wizard.plan import Api

Rule = Callable[[Deployment], Iterator[Finding]]
Key = tuple[str, str, str]
_FIRST_FREE = 1_024
"""Lower ports are reserved for the system."""


def find(deployment: Deployment) -> Iterator[Finding]:
    """Every contradiction, with the remedies that were seen to work."""
    found = tuple(contradictions(deployment))
    tried = _Patched(deployment, frozenset(each.key for each in found))
    for each in found:
        yield replace(each, remedies=Remedies(partial(tried.working, each)))


class _Patched:
    """The contradictions that remain after each patch, computed once."""

    def __init__(self, deployment: Deployment, before: frozenset[Key]) -> None:
        self.deployment = deployment
        self.before = before
        self._after: dict[str, frozenset[Key] | None] = {}

    def working(self, found: Finding) -> tuple[Remedy, ...]:
        """The remedies that remove a contradiction; if possible, only those that cause no other."""
        clean: list[Remedy] = []
        partial: list[Remedy] = []
        for each in found.remedies:
            after = self._left(each)
            if after is not None and found.key not in after:
                (clean if after <= self.before else partial).append(each)
        # If each remedy causes a new contradiction, that one brings its own remedy.
        return tuple(clean or partial)

    def _left(self, remedy: Remedy) -> frozenset[Key] | None:
        """The contradictions of the Plan with a patch applied, None if the result is not a valid Plan."""
        known = repr(remedy.patch)
        if known not in self._after:
            after = patched(self.deployment, remedy.patch)
            self._after[known] = None if after is None else frozenset(each.key for each in contradictions(after))
        return self._after[known]


def contradictions(deployment: Deployment) -> Iterator[Finding]:
    """Every contradiction, with all remedies that might help."""
    for rule in RULES:
        yield from rule(deployment)


def _no_model(deployment: Deployment) -> Iterator[Finding]:
    if not deployment.plan.models:
        yield finding("NO-MODEL")


def _wildcard_credentials(deployment: Deployment) -> Iterator[Finding]:
    for endpoint in _pages(deployment):
        rule = deployment.plan.cors_rule(endpoint.api)
        if rule.origins == ("*",) and rule.credentials:
            key = f"cors.{endpoint.api}."
            yield finding(
                "CORS-WILDCARD-CREDS",
                "functional",
                endpoint.api,
                (
                    Remedy("No cookies", ((key + "credentials", False),)),
                    Remedy("Allow no page until origins are listed", ((key + "origins", []),)),
                ),
            )


def _pages(deployment: Deployment) -> tuple[Endpoint, ...]:
    """The APIs with a CORS rule of their own that somebody can reach."""
    own = {spec.api for spec in registry.adapter(deployment.plan.server).apis if spec.browser_callable}
    return tuple(e for e in deployment.endpoints if e.api in own and e.scope not in ("off", "socket"))


def _of_the_server(deployment: Deployment) -> Iterator[Finding]:
    """What does not work with this server, according to its own package."""
    for found in registry.adapter(deployment.plan.server).findings(deployment):
        if found.severity == "functional":
            yield found


def _token_split(deployment: Deployment) -> Iterator[Finding]:
    """The server's own token is one switch for all its APIs; a gateway cannot add it for callers."""
    on = deployment.server_token and not deployment.presented
    groups = {spec.api: spec.token_group for spec in registry.adapter(deployment.plan.server).apis}
    for endpoint in deployment.endpoints:
        group = groups.get(endpoint.api)
        asked = getattr(deployment.plan.auth, group, None) if group else None
        if on and endpoint.scope != "off" and asked not in ("server-token", None):
            both = (
                remedy("The server's token for both", auth__inference="server-token", auth__management="server-token"),
                remedy("The gateway's token for management", auth__management="gateway-token"),
                remedy("No server token", auth__inference="none", auth__management="none"),
                remedy("Both at the gateway", auth__inference="gateway-token", auth__management="gateway-token"),
            )
            yield finding("TOKEN-SPLIT", "functional", endpoint.api, both)


class _Socket(NamedTuple):
    """What one process binds, or an engine publishes."""

    room: str
    """The network it is bound in: "" for this machine's own, otherwise the process that has one of its own."""
    addresses: tuple[str, ...]
    port: int
    bound: tuple[Listening, str, int]
    """The process that answers there, and the address and port that it binds itself."""


def _port_clash(deployment: Deployment) -> Iterator[Finding]:
    """Two APIs on one address, also of a gateway or behind it. Metrics on the inference listener do not conflict."""
    apart = {process.name for process in deployment.processes if deployment.plan.bridged or process.isolated}
    seen: dict[Api, tuple[_Socket, ...]] = {}
    for endpoint in deployment.endpoints:
        own = tuple(_sockets(endpoint, apart))
        if any(_clash(others, own, "metrics" in (other, endpoint.api)) for other, others in seen.items()):
            yield finding("PORT-CLASH", "functional", endpoint.api, _free_ports(deployment, endpoint))
        else:
            seen[endpoint.api] = own


def _sockets(endpoint: Endpoint, apart: Collection[str]) -> Iterator[_Socket]:
    """`apart`: the processes that have a network of their own."""
    for door in endpoint.access.doors:
        bound = door.process, door.address, door.port
        if door.host_addresses:
            yield _Socket("", door.host_addresses, door.host_port, bound)
        if door.port and door.process in apart:
            inside = ("",) if door.address == "0.0.0.0" else (door.address,)
            yield _Socket(door.process, inside, door.port, bound)


def _clash(one: tuple[_Socket, ...], two: tuple[_Socket, ...], metrics: bool) -> bool:
    """`metrics`: whether one of the two is the API of metrics, which the server may answer on another's socket."""
    for first, second in product(one, two):
        together = (first.room, first.port) == (second.room, second.port) and _overlap(first, second)
        same = first == second and first.bound[0] == "server" and metrics
        if together and not same:
            return True
    return False


def _overlap(one: _Socket, two: _Socket) -> bool:
    return "" in (*one.addresses, *two.addresses) or bool(set(one.addresses) & set(two.addresses))


def _free_ports(deployment: Deployment, endpoint: Endpoint) -> tuple[Remedy, ...]:
    taken = {port for e in deployment.endpoints for port in (e.host_port, e.inner_port, e.backend_port)}
    ports = chain(range(endpoint.host_port + 1, 65_000), range(_FIRST_FREE, endpoint.host_port))
    free = next(port for port in ports if not {port, moved(port)} & taken)
    return (Remedy(f"Use port {free}", ((f"bind.{endpoint.api}.port", free),)),)


def _mixed_content(deployment: Deployment) -> Iterator[Finding]:
    """An https page may call http only on loopback."""
    for endpoint in _pages(deployment):
        if endpoint.tls or endpoint.exposure not in ("lan", "public"):
            continue
        if any(origin.startswith("https://") for origin in deployment.plan.cors_rule(endpoint.api).origins):
            yield finding(
                "CORS-MIXED",
                "functional",
                endpoint.api,
                (SELF_SIGNED, SELF_SIGNED_AT_GATEWAY, only_this_machine(endpoint.api)),
            )


def _socket(deployment: Deployment) -> Iterator[Finding]:
    abilities = registry.adapter(deployment.plan.server).abilities(deployment.plan.version)
    able = {"grpc": abilities.grpc_off == "socket", "http": abilities.http_socket}
    for endpoint in deployment.endpoints:
        if endpoint.scope == "socket" and not able[endpoint.protocol]:
            fixes = (only_this_machine(endpoint.api), switched_off(endpoint.api))
            yield finding("NO-SOCKET", "functional", endpoint.api, fixes)


RULES: Sequence[Rule] = (
    _no_model,
    _wildcard_credentials,
    _of_the_server,
    _token_split,
    *ungranted.RULES,
    _port_clash,
    _mixed_content,
    _socket,
)
