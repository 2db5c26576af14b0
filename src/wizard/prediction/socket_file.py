"""A server's answers on a unix socket, to callers that may write to its file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard import servers
from wizard.deployment import Deployment, Endpoint
from wizard.prediction.answer import make_probe, usual_request
from wizard.prediction.values import Probe, Token, Vantage
from wizard.servers.requests import Request


def socket_probes(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str]) -> Iterator[Probe]:
    """The usual request; if a token is needed, also without it and with a wrong one."""
    listener = deployment.plan.listener(endpoint.api)
    able = servers.adapter(deployment.plan.server).abilities(deployment.plan.version).http_socket
    if endpoint.protocol != "http" or listener is None or not able:
        return
    where: tuple[Vantage, str] = ("unix-socket", f"unix:{listener.address}")
    request, body = usual_request(deployment, endpoint, samples)
    yield make_probe(deployment, endpoint, request, id_=f"{endpoint.api}-unix-socket", where=where, body=body)
    kinds: tuple[Token, ...] = ("none", "wrong") if endpoint.auth != "none" else ()
    for token in kinds:
        tried = Request(request.method, request.path, request.headers, token)
        id_ = f"{endpoint.api}-unix-socket-token-{'missing' if token == 'none' else token}"
        yield make_probe(deployment, endpoint, tried, id_=id_, where=where, body=body)
