"""Reach: which audience may send to, read from, and run code through each API.

Audiences are people and pages that were *not* given the token, except `this-process` (you) and `page-allowed` (your own
page). Sources: docs/docker-notes.md, the notes on each server, and docs/cors.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Literal, NamedTuple

from wizard import registry
from wizard.deployment import Caller, Deployment, Door, Endpoint, Way
from wizard.plan import Api
from wizard.prediction import page_call
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
"""The name of an audience in a table."""


def audience_title(deployment: Deployment, audience: ReachAudience) -> str:
    """The name of an audience in a table of this Deployment.

    If nothing joins a Docker network, containers use an address of this machine, such as that of Docker's bridge.
    """
    if audience == "containers" and not deployment.networks:
        return "containers on this machine"
    return deployment.peers if audience == "containers" else AUDIENCES[audience]


YOURS = "You hold the token, if one is asked for."
"""Why you can use what is there for everybody."""


class Cell(NamedTuple):
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


class _Way(NamedTuple):
    """What an audience can do at a door, and why, in words."""

    send: May
    read: May
    why: str


_ORDER: tuple[May, ...] = ("no", "prompt", "yes")
_OWN_NAMES = "The gateway answers only to its own host names."
"""A page cannot choose the Host header; a program can."""
_BY: dict[Way, str] = {
    "address": "through an address of this machine",
    "container-address": "through the container's own address",
    "docker-network": "through a network that they share with it",
    "socket-file": "through the socket's file",
}
"""Every way, in words: what is said of an audience that has no words of its own for it."""


def reach(deployment: Deployment) -> tuple[Cell, ...]:
    """One Cell for each audience and each API of the server, in the order of the map."""
    return tuple(cell for endpoint in deployment.endpoints for cell in reach_of(deployment, endpoint))


def reach_of(
    deployment: Deployment, endpoint: Endpoint, audiences: Collection[ReachAudience] = AUDIENCES
) -> Iterator[Cell]:
    """One Cell for each of the audiences of one endpoint: the best over all its doors."""
    spec = registry.spec(deployment.plan.server, endpoint.api)
    listed = endpoint.cors.origins and endpoint.cors.origins != ("*",)
    for audience, (rule, closed) in _RULES.items():
        if audience not in audiences or (audience == "page-allowed" and not listed):
            continue
        ways = list(rule(deployment, endpoint))
        if not ways:
            yield Cell(audience, endpoint.api, "no", "no", "no", closed)
            continue
        door, way = max(ways, key=_much)
        yield Cell(audience, endpoint.api, way.send, way.read, way.send if _runs(door, spec) else "no", way.why)


def _much(at_a_door: tuple[Door, _Way]) -> tuple[int, int]:
    _, way = at_a_door
    return _ORDER.index(way.send), _ORDER.index(way.read)


def _runs(door: Door, spec: ApiSpec) -> bool:
    # The gateway forwards no call that loads a model, so behind it nobody runs code of their own.
    return spec.can_run_code and door.process != "gateway"


_Ways = Iterator[tuple[Door, _Way]]


def _doors(endpoint: Endpoint, caller: Caller) -> Iterator[tuple[Door, Way]]:
    for door in endpoint.access.doors:
        way = door.way(caller)
        if way is not None:
            yield door, way


def _own(deployment: Deployment, endpoint: Endpoint) -> _Ways:
    for door, way in _doors(endpoint, "you"):
        why = YOURS
        if way == "container-address":
            why = "From this machine, through the container's own address."
        elif way == "socket-file":
            why = "Through the socket's file, which is yours."
        elif not door.front:
            why = "The files are yours, so you can pass the gateway."
        yield door, _Way("yes", "yes", why)


def _local(deployment: Deployment, endpoint: Endpoint) -> _Ways:
    for door, way in _doors(endpoint, "local-users"):
        if door.token != "none":
            yield door, _Way("no", "no", f"Without the token the {_who(door)} refuses.")
        else:
            by = "" if way == "address" else f", {_BY[way]}"
            yield door, _Way("yes", "yes", _past(door, way) or f"Every program on this machine can connect{by}.")


def _past(door: Door, way: Way) -> str:
    """How a door behind the gateway is reached; "" for one that callers are meant to use."""
    if door.front:
        return ""
    if way == "address":
        return f"Past the gateway, at the server's own port {door.host_port} of this machine."
    return f"Past the gateway, {_BY[way]}{' on this machine' if way == 'container-address' else ''}."


def _who(door: Door) -> str:
    if door.process == "relay":
        return "relay behind the gateway"
    return "gateway" if door.token == "gateway-token" else "server"


def _allowed_page(deployment: Deployment, endpoint: Endpoint) -> _Ways:
    abilities = registry.adapter(deployment.plan.server).abilities(deployment.plan.version)
    for door, way in _doors(endpoint, "pages"):
        if not door.front or way != "address":
            continue
        at_gateway = endpoint.cors.layer == "gateway"
        if door.token == "server-token" and not at_gateway and not abilities.token_preflights:
            yield door, _Way("no", "no", "The server refuses the preflight, which never carries a token.")
        elif door.token != "none" and not _may_send_token(deployment, endpoint):
            yield door, _Way("no", "no", "Its browser sends no token: authorization is not among the allowed headers.")
        elif at_gateway:
            yield door, _Way("yes", "yes", "Its origin is on the gateway's list.")
        else:
            yield door, _Way("yes", "yes", "The server names its origin on every answer.")


def _may_send_token(deployment: Deployment, endpoint: Endpoint) -> bool:
    """Whether the answer to a preflight lets pages send a token. A server's own answer can name more than was asked."""
    if endpoint.cors.layer == "gateway":
        return "authorization" in endpoint.cors.headers
    calls = page_call.calls(deployment, endpoint, page_call.usual_call(deployment, endpoint))
    return any(call.verdict.rule != "preflight-authorization-not-listed" for call in calls)


def _other_page(deployment: Deployment, endpoint: Endpoint) -> _Ways:
    anyone = endpoint.cors.origins == ("*",)
    for door, way in _doors(endpoint, "pages"):
        if door.token != "none":
            yield door, _Way("no", "no", "It has no token, so its requests are refused.")
        elif door.process == "gateway" and not anyone:
            yield door, _Way("no", "no", "The gateway refuses origins that are not on the list.")
        elif door.process == "gateway" and way == "container-address":
            yield door, _Way("no", "no", _OWN_NAMES)
        elif anyone and door.front:
            yield (
                door,
                _Way("yes", "prompt", "Any page may read; new browsers ask their user before a public page may."),
            )
        else:
            blind = "It cannot read the answer, but its simple requests are carried out."
            yield door, _Way("yes", "no", f"{_past(door, way)} {blind}".strip())


def _rebinding(deployment: Deployment, endpoint: Endpoint) -> _Ways:
    for door, way in _doors(endpoint, "pages"):
        if door.process == "gateway":
            yield door, _Way("no", "no", _OWN_NAMES)
        elif door.token != "none":
            yield door, _Way("no", "no", "It has no token, so its requests are refused.")
        else:
            blind = "The server does not look at the Host header; new browsers ask first."
            yield door, _Way("prompt", "prompt", f"{_past(door, way)} {blind}".strip())


def _others(deployment: Deployment, endpoint: Endpoint, caller: Caller, open_: dict[Way, str]) -> _Ways:
    """`open_`: what to say of the ways that this caller usually comes."""
    for door, way in _doors(endpoint, caller):
        if door.token != "none":
            yield door, _Way("no", "no", "They can connect, but without the token they are refused.")
        else:
            yield door, _Way("yes", "yes", _past(door, way) or open_.get(way) or f"They can connect {_BY[way]}.")


def _containers(deployment: Deployment, endpoint: Endpoint) -> _Ways:
    every = f"{deployment.engine.title}'s networks are not kept apart: every container reaches it, published or not."
    shared = "Containers that share its Docker network reach it, published or not."
    open_: dict[Way, str] = {
        "docker-network": shared if deployment.kept_apart(endpoint.served_by) else every,
        "container-address": every,  # no other than an engine that keeps no networks apart has this way
        "address": "Through any address of this machine.",
    }
    return _others(deployment, endpoint, "containers", open_)


def _lan(deployment: Deployment, endpoint: Endpoint) -> _Ways:
    why = "Everyone on the network can connect, and nothing asks who they are."
    return _others(deployment, endpoint, "lan", {"address": why})


def _internet(deployment: Deployment, endpoint: Endpoint) -> _Ways:
    return _others(deployment, endpoint, "internet", {"address": _public(deployment)})


def _public(deployment: Deployment) -> str:
    if any(interface.kind == "public" for interface in deployment.host.interfaces):
        return "This machine has a public address."
    if deployment.networks:
        if not deployment.engine.past_the_firewall:
            return "Unless a router or firewall stands in between."
        name = deployment.engine.title
        return f"Unless a router stands in between: what {name} publishes goes past ufw and firewalld."
    return "Unless a router or firewall stands in between."


_Rule = Callable[[Deployment, Endpoint], _Ways]
_NO_BROWSER = "Browsers cannot reach it."
_RULES: dict[ReachAudience, tuple[_Rule, str]] = {
    "this-process": (_own, "Only from inside the server's own container or process."),
    "local-users": (_local, "Nothing that other users may open answers there."),
    "page-allowed": (_allowed_page, _NO_BROWSER),
    "page-other": (_other_page, _NO_BROWSER),
    "page-rebinding": (_rebinding, _NO_BROWSER),
    "containers": (_containers, "It listens where no container can connect."),
    "lan": (_lan, "Nothing answers on an address of a network."),
    "internet": (_internet, "Nothing answers on a public address."),
}
"""What each audience can do at a door it can connect to, and what to say if there is none."""
