"""Reach: which audience may send to, read from, and run code through each API.

Audiences are people and pages that were *not* given the token, but for `this-process` (you) and `page-allowed`
(your own page). Sources: docs/docker-notes.md, the notes on each server, and docs/cors.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wizard import servers
from wizard.deployment import Deployment, Endpoint
from wizard.host import interface_kind
from wizard.plan import Api
from wizard.servers.contract import ApiSpec

May = Literal["yes", "no", "prompt"]
ReachAudience = Literal[
    "this-process",
    "local-users",
    "page-allowed",
    "page-other",
    "page-rebinding",
    "containers",
    "lan",
    "internet",
]


AUDIENCES: dict[ReachAudience, str] = {
    "this-process": "you",
    "local-users": "other users of this machine",
    "page-allowed": "web pages on the list of origins",
    "page-other": "any other web page opened on this machine",
    "page-rebinding": "a web page after DNS rebinding",
    "containers": "containers on the same Docker network",
    "lan": "other machines on your networks",
    "internet": "the internet",
}
"""An audience in a table."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One audience and one API. `prompt`: the browser asks its user first."""

    audience: ReachAudience
    api: Api
    send: May
    """Its requests arrive and are carried out."""
    read: May
    """It gets the answers."""
    run: May
    """It can make the server run code of its own."""
    why: str


@dataclass(frozen=True, slots=True)
class _Way:
    """How an audience gets to an endpoint: `open` = the connection is made; `why` in words."""

    send: May
    read: May
    why: str


_CLOSED = _Way("no", "no", "Nothing answers there.")


def reach(deployment: Deployment) -> tuple[Cell, ...]:
    """One Cell for each audience and each API of the server, in the order of the map."""
    specs = {spec.api: spec for spec in servers.adapter(deployment.plan.server).apis}
    cells = []
    for endpoint in deployment.endpoints:
        spec = specs[endpoint.api]
        for audience, way in _ways(deployment, endpoint).items():
            cells.append(_cell(audience, endpoint, spec, way))
    return tuple(cells)


def audience_cells(cells: tuple[Cell, ...], audience: ReachAudience) -> tuple[Cell, ...]:
    """The cells of one audience."""
    return tuple(cell for cell in cells if cell.audience == audience)


def _cell(audience: ReachAudience, endpoint: Endpoint, spec: ApiSpec, way: _Way) -> Cell:
    # The gateway forwards no call that loads a model, so behind it nobody runs code of their own.
    runs = spec.can_run_code and endpoint.served_by == "server"
    return Cell(audience, endpoint.api, way.send, way.read, way.send if runs else "no", way.why)


def _ways(deployment: Deployment, endpoint: Endpoint) -> dict[ReachAudience, _Way]:
    ways: dict[ReachAudience, _Way] = {
        "this-process": _own(deployment, endpoint),
        "local-users": _local(deployment, endpoint),
    }
    if endpoint.cors.origins and endpoint.cors.origins != ("*",):
        ways["page-allowed"] = _allowed_page(endpoint)
    ways["page-other"] = _other_page(endpoint)
    ways["page-rebinding"] = _rebinding(endpoint)
    ways["containers"] = _containers(deployment, endpoint)
    ways["lan"] = _lan(endpoint)
    ways["internet"] = _internet(deployment, endpoint)
    return ways


def _own(deployment: Deployment, endpoint: Endpoint) -> _Way:
    if endpoint.published or endpoint.scope == "socket":
        return _Way("yes", "yes", "You hold the token, if one is asked for.")
    if _container_address(deployment, endpoint):
        return _Way("yes", "yes", "From this machine, through the container's own address.")
    return _Way("no", "no", "Only from inside the server's own container or process.")


def _local(deployment: Deployment, endpoint: Endpoint) -> _Way:
    if endpoint.scope == "socket":
        return _Way("no", "no", "The permissions of the socket file keep other users out.")
    direct = _container_address(deployment, endpoint)
    if endpoint.auth == "server-token":
        return _Way("no", "no", "Without the token the server refuses.") if endpoint.published else _CLOSED
    if direct:
        if endpoint.auth == "gateway-token":
            return _Way("yes", "yes", "Past the gateway, through the container's own address on this machine.")
        return _Way("yes", "yes", "Every program on this machine can connect.")
    if not endpoint.published:
        return _CLOSED
    if endpoint.auth == "gateway-token":
        return _Way("no", "no", "Without the token the gateway refuses.")
    return _Way("yes", "yes", "Every program on this machine can connect.")


def _container_address(deployment: Deployment, endpoint: Endpoint) -> bool:
    """On Linux the host reaches every port of a container by the container's own address, published or not."""
    bridged = bool(deployment.networks) and deployment.host.os == "linux"
    return bridged and endpoint.backend_address == "0.0.0.0"


def _allowed_page(endpoint: Endpoint) -> _Way:
    if not endpoint.published or endpoint.protocol == "grpc":
        return _Way("no", "no", "Browsers cannot reach it.")
    if endpoint.cors.layer == "gateway":
        return _Way("yes", "yes", "Its origin is on the gateway's list.")
    if endpoint.auth == "server-token":
        return _Way("no", "no", "The server refuses the preflight, which never carries a token.")
    return _Way("yes", "yes", "The server names its origin on every answer.")


def _other_page(endpoint: Endpoint) -> _Way:
    if not endpoint.published or endpoint.protocol == "grpc":
        return _Way("no", "no", "Browsers cannot reach it.")
    anyone = endpoint.cors.origins == ("*",)
    if endpoint.auth != "none":
        return _Way("no", "no", "It has no token, so its requests are refused.")
    if endpoint.cors.layer == "gateway" and not anyone:
        return _Way("no", "no", "The gateway refuses origins that are not on the list.")
    if anyone:
        return _Way("yes", "prompt", "Any page may read; new browsers ask their user before a public page may.")
    return _Way("yes", "no", "It cannot read the answer, but its simple requests are carried out.")


def _rebinding(endpoint: Endpoint) -> _Way:
    if not endpoint.published or endpoint.protocol == "grpc":
        return _Way("no", "no", "Browsers cannot reach it.")
    if endpoint.served_by == "gateway":
        return _Way("no", "no", "The gateway answers only to its own host names.")
    if endpoint.auth != "none":
        return _Way("no", "no", "It has no token, so its requests are refused.")
    return _Way("prompt", "prompt", "The server does not look at the Host header; new browsers ask first.")


def _containers(deployment: Deployment, endpoint: Endpoint) -> _Way:
    if endpoint.scope == "socket":
        return _CLOSED
    token = endpoint.auth != "none"
    if deployment.networks:
        inside = endpoint.inner_address if endpoint.served_by == "gateway" else endpoint.backend_address
        if inside != "0.0.0.0":
            return _Way("no", "no", "It listens on loopback inside its own container only.")
        if token:
            return _Way("no", "no", "They can connect, but without the token they are refused.")
        return _Way("yes", "yes", "Containers that share its Docker network reach it, published or not.")
    if "" in endpoint.host_addresses or _external(endpoint):
        if token:
            return _Way("no", "no", "They can connect, but without the token they are refused.")
        return _Way("yes", "yes", "Through any address of this machine.")
    return _Way("no", "no", "It listens on this machine's loopback only.")


def _external(endpoint: Endpoint) -> tuple[str, ...]:
    """The addresses that others than this machine may use; "" stands for all of them."""
    return tuple(a for a in endpoint.host_addresses if a == "" or interface_kind("", a) != "loopback")


def _lan(endpoint: Endpoint) -> _Way:
    if not _external(endpoint):
        return _Way("no", "no", "Nothing answers on an address of a network.")
    if endpoint.auth != "none":
        return _Way("no", "no", "They can connect, but without the token they are refused.")
    return _Way("yes", "yes", "Everyone on the network can connect, and nothing asks who they are.")


def _internet(deployment: Deployment, endpoint: Endpoint) -> _Way:
    outside = _external(endpoint)
    private = outside and all(a and interface_kind("", a) == "private" for a in outside)
    if not outside or private:
        return _Way("no", "no", "Nothing answers on a public address.")
    if endpoint.auth != "none":
        return _Way("no", "no", "They can connect, but without the token they are refused.")
    known = any(i.kind == "public" for i in deployment.host.interfaces)
    if known:
        return _Way("yes", "yes", "This machine has a public address.")
    if deployment.networks:
        return _Way(
            "yes", "yes", "Unless a router stands in between: what Docker publishes goes past ufw and firewalld."
        )
    return _Way("yes", "yes", "Unless a router or firewall stands in between.")
