"""Probes: one request from one vantage point, with the outcome the Deployment predicts. Pure; nothing is sent.

The trial measures the same probes and shares no code with this module but the values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from wizard import servers
from wizard.deployment import Deployment, Endpoint
from wizard.plan import Api
from wizard.servers.base import Adapter, Answer, Request

Vantage = Literal["loopback-v4", "loopback-v6", "own-address", "peer-container", "other-container"]
ProbeKind = Literal["connect", "http", "preflight"]
Token = Literal["none", "right", "wrong"]
UNREACHABLE = "unreachable"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request and what should come of it.

    `predicted` is in the vocabulary that the measurement uses too: `unreachable`; `open` (a connection is accepted);
    a status such as `200`; with a page, a status and what the page could do (`200 readable`, `403 unreadable`);
    for a preflight `204 passes` or `400 fails`.
    """

    id: str
    vantage: Vantage
    address: str
    """Address to connect to; "" = the container's own (container vantages)."""
    port: int
    api: Api
    kind: ProbeKind
    predicted: str
    why: str = ""
    tls: bool = False
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    token: Token = "none"
    page: str = ""
    """Origin of the page on whose behalf it is sent; "" = no page."""
    served_by: str = "server"

    @property
    def request(self) -> str:
        """The request in a few words, for a table."""
        if self.kind == "connect":
            return f"connect to {self.api} port {self.port}"
        parts = [self.method, self.path]
        parts += [f"from a page of {self.page}"] if self.page else []
        host = next((value for name, value in self.headers if name == "host"), "")
        parts += [f"as {host}"] if host else []
        parts += [f"{self.token} token"] if self.token != "none" else []
        return " ".join(parts)


def predict(deployment: Deployment, samples: Mapping[str, str] | None = None) -> tuple[Probe, ...]:
    """Every probe of a deployment, reachability first. `samples`: model name -> body of a prediction request."""
    adapter = servers.adapter(deployment.plan.server)
    found: list[Probe] = []
    for endpoint in deployment.endpoints:
        if endpoint.scope != "socket" and not _shares_listener(deployment, endpoint):
            found += _reachability(deployment, adapter, endpoint, samples or {})
    for endpoint in deployment.endpoints:
        if endpoint.protocol == "http" and endpoint.published and endpoint.api in ("inference", "management"):
            found += _tokens(deployment, adapter, endpoint, samples or {})
            from wizard.prediction.cors import cors_probes

            found += cors_probes(deployment, adapter, endpoint, samples or {})
    return tuple(found)


def answer(deployment: Deployment, endpoint: Endpoint, request: Request) -> Answer:
    """What will be answered at an endpoint: by the gateway where there is one, else by the server."""
    adapter = servers.adapter(deployment.plan.server)
    if endpoint.served_by == "gateway":
        from wizard.gateway import answer as gateway_answer

        return gateway_answer(deployment, endpoint, request)
    return adapter.answer(deployment, endpoint, request)


def usual_request(
    deployment: Deployment, adapter: Adapter, endpoint: Endpoint, samples: Mapping[str, str]
) -> tuple[Request, str]:
    """The request that shows an API at work, and its body: a prediction, or the API's status page."""
    token: Token = "none" if endpoint.auth == "none" else "right"
    models = deployment.plan.models
    if endpoint.api == "inference" and models:
        model = models[0]
        body = model.sample or samples.get(model.name) or adapter.sample_body(model.name)
        headers = (("content-type", adapter.content_type),)
        return Request("POST", adapter.predict_path(model.name), headers, token), body
    spec = next(s for s in adapter.apis if s.api == endpoint.api)
    return Request("GET", spec.probe_path, (), token), ""


def first_address(endpoint: Endpoint) -> tuple[Vantage, str]:
    """A vantage point on this machine from which a published endpoint can be reached."""
    address = endpoint.near_address
    if address == "127.0.0.1":
        return "loopback-v4", address
    return ("loopback-v6", address) if address == "::1" else ("own-address", address)


def make_probe(
    deployment: Deployment,
    endpoint: Endpoint,
    request: Request,
    *,
    id_: str,
    where: tuple[Vantage, str] | None = None,
    body: str = "",
) -> Probe:
    """An HTTP probe with the status that is predicted for it."""
    vantage, address = where or first_address(endpoint)
    foreseen = answer(deployment, endpoint, request)
    return Probe(
        id=id_,
        vantage=vantage,
        address=address,
        port=endpoint.host_port,
        api=endpoint.api,
        kind="http",
        predicted=str(foreseen.status),
        why=foreseen.fact,
        tls=endpoint.tls,
        method=request.method,
        path=request.path,
        headers=request.headers,
        body=body,
        token=request.token,
        served_by=endpoint.served_by,
    )


def _shares_listener(deployment: Deployment, endpoint: Endpoint) -> bool:
    """An API that is off tells nothing at a port where another one answers (metrics on the inference port)."""
    others = {e.host_port for e in deployment.endpoints if e.published and e.api != endpoint.api}
    return endpoint.scope == "off" and endpoint.host_port in others


def _reachability(
    deployment: Deployment, adapter: Adapter, endpoint: Endpoint, samples: Mapping[str, str]
) -> Iterator[Probe]:
    for vantage, address in _host_vantages(deployment):
        reached = address in endpoint.host_addresses or "" in endpoint.host_addresses
        id_ = f"{endpoint.api}-{vantage}" + (f"-{address}" if vantage == "own-address" else "")
        if reached and endpoint.protocol == "http":
            request, body = usual_request(deployment, adapter, endpoint, samples)
            yield make_probe(deployment, endpoint, request, id_=id_, where=(vantage, address), body=body)
            continue
        predicted = OPEN if reached else UNREACHABLE
        why = "published there" if reached else "not published there"
        yield Probe(id_, vantage, address, endpoint.host_port, endpoint.api, "connect", predicted, why)
    if deployment.networks:
        yield from _from_containers(deployment, endpoint)


def _host_vantages(deployment: Deployment) -> Iterator[tuple[Vantage, str]]:
    for loopback in deployment.host.loopbacks:
        yield ("loopback-v6" if ":" in loopback else "loopback-v4"), loopback
    for interface in deployment.host.own_addresses:
        yield "own-address", interface.address


def _from_containers(deployment: Deployment, endpoint: Endpoint) -> Iterator[Probe]:
    """A container on the same network reaches what listens beyond loopback there; one on another network nothing."""
    listens = endpoint.inner_address == "0.0.0.0"
    if endpoint.inner_port == 0:
        return
    why = "same Docker network" if listens else "it listens on loopback inside its own container"
    if deployment.has_gateway and endpoint.served_by == "server":
        listens, why = False, "callers join the network in front of the gateway, the server is on the one behind it"
    port = endpoint.inner_port
    predicted = OPEN if listens else UNREACHABLE
    name = endpoint.served_by
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
        UNREACHABLE,
        "Docker keeps its networks apart",
        served_by=name,
    )


def _tokens(
    deployment: Deployment, adapter: Adapter, endpoint: Endpoint, samples: Mapping[str, str]
) -> Iterator[Probe]:
    if endpoint.auth == "none":
        return
    request, body = usual_request(deployment, adapter, endpoint, samples)
    kinds: tuple[Token, ...] = ("none", "wrong")
    for token in kinds:
        name = "missing" if token == "none" else "wrong"
        tried = Request(request.method, request.path, request.headers, token)
        yield make_probe(deployment, endpoint, tried, id_=f"{endpoint.api}-token-{name}", body=body)
