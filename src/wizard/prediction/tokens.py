"""What callers without the right token get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wizard.deployment import Deployment, Endpoint
from wizard.prediction.answer import make_probe, usual_request
from wizard.prediction.values import Probe, Token
from wizard.servers.requests import Request


def token_probes(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str]) -> Iterator[Probe]:
    """A usual request with no token and with a wrong one, if a token is needed."""
    if endpoint.auth == "none":
        return
    request, body = usual_request(deployment, endpoint, samples)
    kinds: tuple[Token, ...] = ("none", "wrong")
    for token in kinds:
        name = "missing" if token == "none" else "wrong"
        tried = Request(request.method, request.path, request.headers, token)
        yield make_probe(deployment, endpoint, tried, id_=f"{endpoint.api}-token-{name}", body=body)
