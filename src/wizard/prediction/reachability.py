"""Where each API can be connected to and where not: from this machine's addresses and from other containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from wizard.deployment import Deployment, Door, Endpoint
from wizard.prediction.answer import make_probe, usual_request
from wizard.prediction.values import OPEN, UNREACHABLE, Probe, Vantage


def shares_listener(deployment: Deployment, endpoint: Endpoint) -> bool:
    """An API that is off cannot be probed on a port it shares (metrics on the inference port)."""
    others = {
        door.host_port
        for each in deployment.endpoints
        if each.api != endpoint.api
        for door in each.access.doors
        if door.host_addresses
    }
    return endpoint.scope == "off" and endpoint.host_port in others


def reachability_probes(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str]) -> Iterator[Probe]:
    """A request or a connection from every vantage point, whether it is meant to be reachable from there or not."""
    front = endpoint.access.front
    for vantage, address in _host_vantages(deployment):
        reached = front is not None and front.answers_at(address)
        id_ = f"{endpoint.api}-{vantage}" + (f"-{address}" if vantage == "own-address" else "")
        if reached and endpoint.protocol == "http":
            request, body = usual_request(deployment, endpoint, samples)
            yield make_probe(deployment, endpoint, request, id_=id_, where=(vantage, address), body=body)
            continue
        predicted = OPEN if reached else UNREACHABLE
        why = "published there" if reached else "not published there"
        if not reached and front is not None and "" in front.host_addresses:
            why = "the server listens on IPv4 only, because this machine has no IPv6 address besides ::1"
            if deployment.networks:
                why = f"{deployment.engine.title} publishes on IPv4 only"
        yield Probe(id_, vantage, address, endpoint.host_port, endpoint.api, "connect", predicted, why)
    if deployment.networks:
        yield from _from_containers(deployment, endpoint)
    yield from _behind(deployment, endpoint, samples)


def _refused(
    deployment: Deployment,
    endpoint: Endpoint,
    samples: Mapping[str, str],
    door: Door,
    where: tuple[Vantage, str],
) -> Probe:
    """The server's answer to callers that bypass the gateway and do not know its token."""
    server = replace(endpoint, served_by="server", host_port=door.port, tls=False, auth=door.token)
    request, body = usual_request(deployment, server, samples)
    asked = replace(request, token="none")
    return make_probe(deployment, server, asked, id_=_behind_id(endpoint, *where), where=where, body=body)


def _behind_id(endpoint: Endpoint, vantage: Vantage, address: str) -> str:
    return f"{endpoint.api}-{vantage}{f'-{address}' if vantage == 'own-address' else ''}-behind"


def _behind(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str]) -> Iterator[Probe]:
    """What the server itself opens behind the gateway, tried from where callers are: this reveals a way around the
    gateway."""
    taken = {e.host_port for e in deployment.endpoints if e.published}
    earlier = {e.backend_port for e in deployment.endpoints[: deployment.endpoints.index(endpoint)]}
    for door in endpoint.access.doors:
        if door.front or door.process != "server" or not door.port or door.port in earlier:
            continue
        if deployment.networks:
            why = "callers join the network in front of the gateway, the server is on the one behind it"
            reached = door.way("containers") is not None
            why = _not_apart(deployment) if reached else why
            predicted = OPEN if reached else UNREACHABLE
            id_ = f"{endpoint.api}-peer-container-behind"
            yield Probe(id_, "peer-container", "", door.port, endpoint.api, "connect", predicted, why)
            continue
        for vantage, address in _host_vantages(deployment):
            if door.port in taken:
                continue
            open_ = door.answers_at(address)
            if open_ and door.token == "server-token" and endpoint.protocol == "http":
                yield _refused(deployment, endpoint, samples, door, (vantage, address))
                continue
            why = "the server listens there, beside the gateway" if open_ else "only the gateway finds the server"
            id_ = _behind_id(endpoint, vantage, address)
            yield Probe(id_, vantage, address, door.port, endpoint.api, "connect", OPEN if open_ else UNREACHABLE, why)


def _host_vantages(deployment: Deployment) -> Iterator[tuple[Vantage, str]]:
    for loopback in deployment.host.loopbacks:
        yield ("loopback-v6" if ":" in loopback else "loopback-v4"), loopback
    for interface in deployment.host.own_addresses:
        yield "own-address", interface.address


def _from_containers(deployment: Deployment, endpoint: Endpoint) -> Iterator[Probe]:
    """A container on the same network can reach what listens beyond loopback there; for one on another network, it
    depends on the engine."""
    front = endpoint.access.front
    if endpoint.inner_port == 0 or front is None:
        return
    listens = front.way("containers") == "docker-network"
    why = f"same {deployment.engine.title} network" if listens else "it listens on loopback inside its own container"
    if not listens and front.address == "0.0.0.0":
        why = "callers join the network in front of the gateway, the server is on the one behind it"
    port = endpoint.inner_port
    predicted = OPEN if listens else UNREACHABLE
    name = endpoint.served_by
    apart = not listens or deployment.kept_apart(name)
    yield Probe(
        f"{endpoint.api}-peer-container",
        "peer-container",
        "",
        port,
        endpoint.api,
        "connect",
        predicted,
        why,
        served_by=name,
    )
    yield Probe(
        f"{endpoint.api}-other-container",
        "other-container",
        "",
        port,
        endpoint.api,
        "connect",
        UNREACHABLE if apart else OPEN,
        f"{deployment.engine.title} keeps its networks apart" if apart else _not_apart(deployment),
        served_by=name,
    )


def _not_apart(deployment: Deployment) -> str:
    return f"{deployment.engine.title} does not keep its networks apart"
