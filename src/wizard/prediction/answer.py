"""What will be answered at an endpoint, by whatever answers there, and the requests that show that an API works."""

from __future__ import annotations

from collections.abc import Mapping

from wizard import gateway, registry
from wizard.deployment import Deployment, Endpoint
from wizard.prediction.values import Probe, Token, Vantage
from wizard.servers.requests import ExpectedAnswer, Request


def answer(deployment: Deployment, endpoint: Endpoint, request: Request) -> ExpectedAnswer:
    """The answer at an endpoint: from the gateway if there is one, else from the server."""
    if endpoint.served_by == "gateway":
        return gateway.answer(deployment, endpoint, request)
    return registry.adapter(deployment.plan.server).answer(deployment, endpoint, request)


def usual_request(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str]) -> tuple[Request, str]:
    """The request that shows that an API works, and its body: a prediction, or the API's status page."""
    token: Token = "none" if endpoint.auth == "none" else "right"
    adapter, models = registry.adapter(deployment.plan.server), deployment.plan.models
    if endpoint.api == "inference" and models:
        model = models[0]
        body = model.sample or samples.get(model.name) or adapter.sample_body(model.name)
        headers = (("content-type", adapter.content_type),)
        return Request("POST", adapter.predict_path(model.name), headers, token), body
    return Request("GET", registry.spec(adapter.id, endpoint.api).probe_path, (), token), ""


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
    """An HTTP probe with its predicted status."""
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
