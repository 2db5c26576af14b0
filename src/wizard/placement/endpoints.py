"""Where each API answers: what the server binds, what the gateway takes over, what Docker publishes."""

from __future__ import annotations

from functools import partial

from wizard.deployment import Endpoint
from wizard.deployment.own_files import OWN_SOCKET
from wizard.placement import cors
from wizard.placement.access import access
from wizard.placement.context import Context
from wizard.placement.decisions import scope_decision
from wizard.plan import Listener
from wizard.servers.contract import ApiSpec

SOCKET_DIR = "/run/serving-wizard"
"""Where a container sees the directory of a unix socket."""
_OWN_FOLDER = "run/tmp"
"""Where a native server's own sockets lie, in the folder of the written files: nobody else may enter it.

Relative, so that a socket's path never has more than the 107 bytes that the system takes.
"""
_BACKEND_SHIFT = 10_000
"""How far a native server's own port is moved if the gateway takes the wanted port."""
_OUTGOING = 32_768
"""Lowest port that Linux assigns to outgoing connections (net.ipv4.ip_local_port_range)."""


def endpoint(context: Context, spec: ApiSpec) -> Endpoint:
    """One API, with every door to it."""
    listener = context.listener(spec)
    port, gated = listener.port or spec.port, context.gated(spec)
    backend_address, backend_port = _backend(context, spec)
    inner_address, inner_port = backend_address, backend_port
    if gated:
        inner_address, inner_port = ("0.0.0.0" if context.plan.bridged else _own_address(context, listener)), port
    without_doors = partial(
        Endpoint,
        api=spec.api,
        protocol=spec.protocol,
        scope=listener.scope,
        decision=scope_decision(context, spec),
        host_addresses=_host_addresses(context, spec, inner_address),
        host_port=port if gated or context.plan.bridged else backend_port or port,
        served_by="gateway" if gated else "server",
        inner_address=inner_address,
        inner_port=inner_port,
        backend_address=backend_address,
        backend_port=backend_port,
        tls=context.plan.tls.mode != "off" and context.reached(spec),
        auth=context.token(spec),
        cors=cors.answers(context, spec),
        ipv4_only=_ipv4_only(context, spec),
    )
    return without_doors(access=access(context, spec, without_doors()))


def _ipv4_only(context: Context, spec: ApiSpec) -> bool:
    """Whether the engine publishes on IPv4 only, or the server leaves IPv6 out because ::1 is the only IPv6 address."""
    if context.plan.bridged:
        return not context.engine.publishes_ipv6
    direct = not context.gated(spec)
    return direct and spec.protocol == "http" and context.abilities.http_ipv6_by_address and context.host.lacks_ipv6


def moved(port: int) -> int:
    """The port of a native server whose own port the gateway takes.

    If possible, it is below the ports for outgoing connections: Linux may assign one of those at any moment, and
    nothing can then listen on it.
    """
    upwards = port + _BACKEND_SHIFT < _OUTGOING or port <= _BACKEND_SHIFT
    return port + _BACKEND_SHIFT if upwards else port - _BACKEND_SHIFT


def _bound(context: Context, spec: ApiSpec) -> Listener:
    """The Listener that an API's own socket follows: if two APIs share a socket, either opens it for both."""
    listener = context.listener(spec)
    for each in context.adapter.apis:
        if each.api == spec.shares_listener_with:
            return context.listener(each) if context.reached(each) else listener
        if each.shares_listener_with == spec.api and listener.scope == "off":
            return context.listener(each)
    return listener


def _backend(context: Context, spec: ApiSpec) -> tuple[str, int]:
    """What the server process itself binds, in its own network namespace; "" = nothing."""
    bound = _bound(context, spec)
    binds, port = context.binds(spec), bound.port or spec.port
    if bound.scope == "socket":
        folder, _, name = bound.address.rpartition("/")
        return f"unix:{folder if context.plan.native else SOCKET_DIR}/{name}", 0
    if bound.scope == "off":
        if spec.protocol == "grpc" and context.abilities.grpc_off == "socket":
            folder = _OWN_FOLDER if context.plan.native else "/tmp"  # noqa: S108 - in the container
            return f"unix:{folder}/{OWN_SOCKET}", 0
        if spec.protocol == "http" and not spec.always_listens:
            return "", 0
        return ("127.0.0.1" if binds else "0.0.0.0"), (spec.port if context.plan.bridged else port)
    if context.plan.bridged:
        return "0.0.0.0", spec.port
    if context.gateway:
        return ("127.0.0.1" if binds else "0.0.0.0"), moved(port)
    return (_own_address(context, bound) if binds else "0.0.0.0"), port


def _own_address(context: Context, listener: Listener) -> str:
    """What a process on this machine binds: several addresses as a comma-separated list, if it supports that."""
    if listener.scope == "interface":
        return ",".join(listener.addresses if context.abilities.binds_several else listener.addresses[:1])
    return "0.0.0.0" if listener.scope == "all" else "127.0.0.1"


def _host_addresses(context: Context, spec: ApiSpec, inner_address: str) -> tuple[str, ...]:
    listener, gated = context.listener(spec), context.gated(spec)
    if listener.scope == "off" and spec.shares_listener_with:
        return ()  # the other API answers there, and has the address
    if not (context.plan.bridged or context.isolated or gated) and inner_address == "0.0.0.0":
        return ("",)
    if listener.scope in ("off", "socket"):
        return ()
    if listener.scope == "internal":
        return () if context.plan.bridged else ("127.0.0.1",)
    if listener.scope == "all":
        return ("",)
    if listener.scope == "interface":
        return listener.addresses
    both = context.engine.publishes_ipv6 if context.plan.bridged else gated
    return context.host.loopbacks if both else ("127.0.0.1",)
