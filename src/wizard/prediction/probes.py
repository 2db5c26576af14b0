"""Every probe of a deployment, with its predicted outcome. Pure; nothing is sent.

The trial measures the same probes, and shares only the values with these modules.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard import registry
from wizard.deployment import Deployment, Endpoint
from wizard.prediction.answer import make_probe, usual_request
from wizard.prediction.cors import cors_probes
from wizard.prediction.reachability import reachability_probes, shares_listener
from wizard.prediction.values import Probe, Token, Vantage
from wizard.servers.requests import Request

_UNAUTHORISED: tuple[tuple[Token, str], ...] = (("none", "missing"), ("wrong", "wrong"))


def predict(deployment: Deployment, samples: Mapping[str, str] | None = None) -> tuple[Probe, ...]:
    """Every probe of a deployment, reachability first. `samples`: model name -> body of a prediction request."""
    found: list[Probe] = []
    for endpoint in deployment.endpoints:
        if endpoint.scope == "socket":
            found += _socket_probes(deployment, endpoint, samples or {})
        elif not shares_listener(deployment, endpoint):
            found += reachability_probes(deployment, endpoint, samples or {})
    for endpoint in deployment.endpoints:
        if endpoint.protocol == "http" and endpoint.published and endpoint.api in ("inference", "management"):
            found += _token_probes(deployment, endpoint, samples or {})
            found += cors_probes(deployment, endpoint, samples or {})
    return tuple(found)


def _socket_probes(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str]) -> Iterator[Probe]:
    """On a unix socket: the usual request of a caller that may write to its file, and those without the token."""
    listener = deployment.plan.listener(endpoint.api)
    able = registry.adapter(deployment.plan.server).abilities(deployment.plan.version).http_socket
    if endpoint.protocol != "http" or listener is None or not able:
        return
    where: tuple[Vantage, str] = ("unix-socket", f"unix:{listener.address}")
    request, body = usual_request(deployment, endpoint, samples)
    id_ = f"{endpoint.api}-unix-socket"
    yield make_probe(deployment, endpoint, request, id_=id_, where=where, body=body)
    for name, tried in _without_token(endpoint, request):
        yield make_probe(deployment, endpoint, tried, id_=f"{id_}-token-{name}", where=where, body=body)


def _token_probes(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str]) -> Iterator[Probe]:
    request, body = usual_request(deployment, endpoint, samples)
    for name, tried in _without_token(endpoint, request):
        yield make_probe(deployment, endpoint, tried, id_=f"{endpoint.api}-token-{name}", body=body)


def _without_token(endpoint: Endpoint, request: Request) -> Iterator[tuple[str, Request]]:
    """The request with no token and with a wrong one, if a token is needed, each with its name."""
    for token, name in _UNAUTHORISED if endpoint.auth != "none" else ():
        yield name, Request(request.method, request.path, request.headers, token)
