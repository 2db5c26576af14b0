"""Plan + Host -> Deployment: the one place where layers are chosen.

It knows no server by name: what a server can do comes as `Abilities`, what a gateway can do is fixed.
"""

from __future__ import annotations

from dataclasses import replace

from wizard import servers
from wizard.deployment import CorsAnswers, Deployment, Endpoint, Layer, Network, Process, Publish
from wizard.host import Host
from wizard.placement.decisions import decisions, gateway_reasons, has_gateway, native_cors_problem
from wizard.placement.defaults import complete
from wizard.placement.tokens import token_of
from wizard.plan import CorsRule, Listener, Plan, reachable
from wizard.servers.contract import Abilities, Adapter, ApiSpec

SOCKET_DIR = "/run/serving-wizard"
"""Where a container sees the directory of a unix socket."""
_BACKEND_SHIFT = 10_000
"""How far a native server's own port is moved when the gateway takes the asked-for port."""
_OUTGOING = 32_768
"""Where Linux begins with the ports it gives to outgoing connections (net.ipv4.ip_local_port_range)."""


def resolve(plan: Plan, host: Host | None = None) -> Deployment:
    """Choose a layer for each wish of the Plan on this Host.

    Never refuses: what cannot be had is a Decision with layer `impossible`, and a finding.
    Raises WizardError for a server version this program does not know.
    """
    host = host or Host()
    adapter = servers.adapter(plan.server)
    plan = complete(plan)
    abilities = adapter.abilities(plan.version)
    reasons = gateway_reasons(plan, adapter, abilities)
    gateway = has_gateway(plan, adapter, abilities)
    endpoints = tuple(_endpoint(spec, plan, host, adapter, abilities, gateway) for spec in adapter.apis)
    bare = Deployment(
        plan=plan,
        host=host,
        title=adapter.title,
        endpoints=endpoints,
        processes=(),
        networks=_networks(plan, endpoints, gateway),
        decisions=decisions(plan, adapter, abilities, gateway),
        gateway_reasons=reasons if gateway else (),
    )
    return replace(bare, processes=_processes(bare, adapter, gateway))


def _endpoint(spec: ApiSpec, plan: Plan, host: Host, adapter: Adapter, abilities: Abilities, gateway: bool) -> Endpoint:
    listener = plan.listener(spec.api) or spec.default
    port = listener.port or spec.port
    bridged = plan.run.how == "docker" and plan.run.network == "bridge"
    gated = gateway and reachable(plan, spec.api) and listener.scope != "socket"
    bound = _bound(spec, plan, listener, abilities)
    behind = gateway and bound.scope not in ("off", "socket")
    backend_address, backend_port = _backend(spec, plan, bound, bound.port or spec.port, abilities, behind)
    if gated:
        inner_address = "0.0.0.0" if bridged else _first_address(listener)
        inner_port = port
    else:
        inner_address, inner_port = backend_address, backend_port
    return Endpoint(
        api=spec.api,
        protocol=spec.protocol,
        scope=listener.scope,
        layer=_scope_layer(bridged, gated, listener),
        host_addresses=_host_addresses(listener, host, bridged, gated, inner_address),
        host_port=port if gated or bridged else backend_port or port,
        served_by="gateway" if gated else "server",
        inner_address=inner_address,
        inner_port=inner_port,
        backend_address=backend_address,
        backend_port=backend_port,
        tls=plan.tls.mode != "off" and reachable(plan, spec.api),
        auth=token_of(plan, spec, adapter, abilities),
        cors=_cors(spec, plan, abilities, gated),
        ipv4_only=abilities.http_ipv6_by_address
        and spec.protocol == "http"
        and host.lacks_ipv6
        and not (bridged or gated),
    )


def _bound(spec: ApiSpec, plan: Plan, listener: Listener, abilities: Abilities) -> Listener:
    """The Listener that an API's own socket follows: where metrics share the inference port, one opens it for both."""
    other = {"metrics": plan.listener("inference"), "inference": plan.listener("metrics")}.get(spec.api)
    if abilities.metrics_port or other is None or other.scope == "off":
        return listener
    return other if spec.api == "metrics" or listener.scope == "off" else listener


def _scope_layer(bridged: bool, gated: bool, listener: Listener) -> Layer:
    if gated:
        return "gateway"
    if bridged and listener.scope in ("loopback", "interface", "all"):
        return "publish"
    return "native"


def moved(port: int) -> int:
    """The port of a native server whose own port the gateway takes.

    Wherever the way down or up allows it, that is below the ports of outgoing connections: one of those may be lent
    at any moment, and nothing can then listen on it.
    """
    upwards = port + _BACKEND_SHIFT < _OUTGOING or port <= _BACKEND_SHIFT
    return port + _BACKEND_SHIFT if upwards else port - _BACKEND_SHIFT


def _backend(
    spec: ApiSpec, plan: Plan, listener: Listener, port: int, abilities: Abilities, gated: bool
) -> tuple[str, int]:
    """What the server process itself binds, in its own network namespace."""
    binds = abilities.binds_grpc if spec.protocol == "grpc" else abilities.binds_http
    bridged = plan.run.how == "docker" and plan.run.network == "bridge"
    if listener.scope == "socket":
        directory = SOCKET_DIR if plan.run.how == "docker" else listener.address.rpartition("/")[0]
        return f"unix:{directory}/{listener.address.rpartition('/')[2]}", 0
    if listener.scope == "off":
        if spec.protocol == "grpc" and abilities.grpc_off == "socket":
            return "unix:/tmp/serving-wizard-grpc.sock", 0
        if spec.protocol == "http" and abilities.http_off:
            return "", 0
        return ("127.0.0.1" if binds else "0.0.0.0"), (spec.port if bridged else port)
    if bridged:
        return "0.0.0.0", spec.port
    if gated:
        return ("127.0.0.1" if binds else "0.0.0.0"), moved(port)
    return (_first_address(listener) if binds else "0.0.0.0"), port


def _first_address(listener: Listener) -> str:
    if listener.scope == "interface":
        return listener.address
    return "0.0.0.0" if listener.scope == "all" else "127.0.0.1"


def _host_addresses(listener: Listener, host: Host, bridged: bool, gated: bool, inner_address: str) -> tuple[str, ...]:
    if not bridged and not gated and inner_address == "0.0.0.0":
        return ("",)
    if listener.scope in ("off", "socket"):
        return ()
    if listener.scope == "internal":
        return () if bridged else ("127.0.0.1",)
    if listener.scope == "all":
        return ("",)
    if listener.scope == "interface":
        return (listener.address,)
    return host.loopbacks if bridged or gated else ("127.0.0.1",)


def _cors(spec: ApiSpec, plan: Plan, abilities: Abilities, gated: bool) -> CorsAnswers:
    if spec.protocol == "grpc":
        return CorsAnswers()
    if gated:
        return _gateway_cors(plan.cors_rule(spec.api))
    rule = plan.cors.inference if abilities.cors_shared else plan.cors_rule(spec.api)
    if not rule.origins or abilities.cors_origins == "none":
        return CorsAnswers()
    if native_cors_problem(rule, False, abilities):
        return CorsAnswers()  # nothing is written that the server cannot express
    return CorsAnswers(
        layer="native",
        origins=rule.origins,
        methods=abilities.cors_methods or rule.methods,
        headers=abilities.cors_headers or rule.headers,
    )


def _gateway_cors(rule: CorsRule) -> CorsAnswers:
    return CorsAnswers("gateway", rule.origins, rule.methods, rule.headers, rule.credentials, rule.max_age)


def _networks(plan: Plan, endpoints: tuple[Endpoint, ...], gateway: bool) -> tuple[Network, ...]:
    if plan.run.how != "docker" or plan.run.network != "bridge":
        return ()
    # Docker publishes nothing from an internal network, and says nothing about it (docs/docker-notes.md).
    published = any(e.published for e in endpoints)
    if not gateway:
        return (Network("serving", internal=not published),)
    return (Network("backend", internal=True), Network("front", internal=not published))


def _processes(bare: Deployment, adapter: Adapter, gateway: bool) -> tuple[Process, ...]:
    server = adapter.process(bare)
    on_host = bare.plan.run.how == "docker" and bare.plan.run.network == "host"
    names = tuple(network.name for network in bare.networks)
    baking = bare.plan.run.how == "docker" and bare.plan.run.packaging == "image"
    server = replace(
        server,
        mounts=tuple(m for m in server.mounts if m.secret or not m.read_only or not baking),
        baked=tuple(m for m in server.mounts if baking and m.read_only and not m.secret),
        networks=names[:1],
        publishes=() if on_host else publishes(bare, "server"),
        host_network=on_host,
        gpu=bare.plan.run.gpu,
    )
    if not gateway:
        return (server,)
    from wizard.gateway import process as gateway_process

    front = replace(
        gateway_process(bare),
        networks=names,
        publishes=() if on_host else publishes(bare, "gateway"),
        host_network=on_host,
    )
    return (server, front)


def publishes(deployment: Deployment, name: str) -> tuple[Publish, ...]:
    """The ports Docker publishes for a container, in a stable order without repeats."""
    if not deployment.networks:
        return ()
    found: dict[Publish, None] = {}
    for endpoint in deployment.endpoints:
        if endpoint.served_by == name:
            for address in endpoint.host_addresses:
                found[Publish(address, endpoint.host_port, endpoint.inner_port)] = None
    return tuple(found)


__all__ = ["complete", "publishes", "resolve"]
