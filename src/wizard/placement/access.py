"""Every listening socket of an API: who can connect to it, and what answers. No later stage decides this again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from wizard.deployment import Access, Caller, Door, Endpoint, Way
from wizard.gateway.layout import relay_socket
from wizard.host import interface_kind
from wizard.placement.context import Context
from wizard.plan import TokenKind
from wizard.servers.contract import ApiSpec

_EVERYWHERE = "0.0.0.0"
_LOOPBACK = "127.0.0.1"
_HERE: tuple[Caller, ...] = ("you", "local-users", "pages")
"""Who can connect by TCP from this machine."""


def access(context: Context, spec: ApiSpec, endpoint: Endpoint) -> Access:
    """The doors of an endpoint, which is complete but for them."""
    doors = [*_front(context, spec, endpoint), *_behind(context, spec, endpoint)]
    http = spec.protocol == "http"
    return Access(tuple(door if http else _without_pages(door) for door in doors))


def _without_pages(door: Door) -> Door:
    """A browser does not speak gRPC."""
    callers = tuple(pair for pair in door.callers if pair[0] != "pages")
    return door if callers == door.callers else replace(door, callers=callers)


def _front(context: Context, spec: ApiSpec, endpoint: Endpoint) -> Iterator[Door]:
    if endpoint.scope == "off" and spec.shares_listener_with:
        return  # the listener is another API's, and this one is not served there
    address, port = endpoint.inner_address, endpoint.inner_port
    door = partial(Door, endpoint.served_by, address, port, token=endpoint.auth, ipv4_only=endpoint.ipv4_only)
    if address.startswith("unix:"):
        mine = endpoint.scope == "socket" or context.plan.native
        yield door(callers=(("you", "socket-file"),) if mine else ())
    elif context.plan.bridged and context.gateway and endpoint.served_by == "server":
        # It is on the network behind the gateway alone, which callers do not join.
        yield door(callers=_by_container_address(context) if address == _EVERYWHERE else ())
    elif context.plan.bridged:
        callers = dict(_by_address(endpoint.host_addresses))
        if address == _EVERYWHERE:
            callers |= {"containers": "docker-network"}
            # On Linux the host reaches every port of a container by the container's own address, published or not.
            by_container: Way = "container-address"
            callers = {who: by_container for who in _HERE if context.host.os == "linux"} | callers
        yield door(host_addresses=endpoint.host_addresses, host_port=endpoint.host_port, callers=tuple(callers.items()))
    elif address:
        found = endpoint.host_addresses or _listening_though_off(context, spec, address)
        yield door(host_addresses=found, host_port=endpoint.host_port, callers=_by_address(found))


def _listening_though_off(context: Context, spec: ApiSpec, address: str) -> tuple[str, ...]:
    """Where a server on this machine's own network listens for an API that nobody is meant to reach."""
    if context.isolated or not spec.always_listens:
        return ()
    return ("",) if address == _EVERYWHERE else tuple(address.split(","))


def _behind(context: Context, spec: ApiSpec, endpoint: Endpoint) -> Iterator[Door]:
    """What the server itself opens behind a gateway, and what passes requests on to it."""
    if endpoint.served_by != "gateway":
        return
    address, port = endpoint.backend_address, endpoint.backend_port
    token: TokenKind = "server-token" if context.server_token and spec.token_group else "none"
    door = partial(Door, "server", address, port, token=token, front=False)
    if address.startswith("unix:"):
        yield door(callers=(("you", "socket-file"),) if context.plan.native else ())
    elif context.isolated:
        yield door()
        relay = partial(Door, "relay", f"unix:{relay_socket(endpoint)}", 0, token="gateway-token", front=False)
        # As root the gateway's workers are another user, so the socket's folder stays open. It asks for a token.
        others: tuple[tuple[Caller, Way], ...] = (("local-users", "socket-file"),) if context.host.uid == 0 else ()
        yield relay(callers=(("you", "socket-file"), *others))
    elif context.plan.bridged:
        yield door(callers=_by_container_address(context))
    else:
        found = ("",) if address == _EVERYWHERE else (_LOOPBACK,)
        yield door(host_addresses=found, host_port=port, callers=_by_address(found))


def _by_container_address(context: Context) -> tuple[tuple[Caller, Way], ...]:
    """Who can reach a server behind its gateway: nobody, if this machine has no address on that network."""
    if context.hidden or context.host.os != "linux":
        return ()
    others: tuple[Caller, ...] = ("containers",) if context.fetches and not context.engine.keeps_apart else ()
    return tuple((who, "container-address") for who in (*_HERE, *others))


def _by_address(addresses: tuple[str, ...]) -> tuple[tuple[Caller, Way], ...]:
    """Who can connect to addresses of this machine; "" stands for all of them."""
    if not addresses:
        return ()
    outside = [a for a in addresses if a == "" or interface_kind("", a) != "loopback"]
    found = list(_HERE)
    if outside:
        # A container reaches every address of the machine but its loopback.
        found += ["containers", "lan"]
    if any(a == "" or interface_kind("", a) != "private" for a in outside):
        found.append("internet")
    return tuple((who, "address") for who in found)
