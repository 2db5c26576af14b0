"""CORS probes of an endpoint: what pages of listed and of foreign origins will be able to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from wizard.deployment import Deployment, Endpoint
from wizard.judge import judge_page
from wizard.predictions import Probe, answer, make_probe, usual_request
from wizard.servers.base import Adapter, Request

FOREIGN = "https://evil.example"


def cors_probes(
    deployment: Deployment, adapter: Adapter, endpoint: Endpoint, samples: Mapping[str, str]
) -> Iterator[Probe]:
    """A preflight and a real request for each listed origin, a foreign one and `null`, and a simple POST."""
    request, body = usual_request(deployment, adapter, endpoint, samples)
    listed = [o for o in endpoint.cors.origins if o != "*"]
    for number, page in enumerate([*listed[:8], FOREIGN, "null"]):
        name = {FOREIGN: "foreign", "null": "null"}.get(page, f"listed-{number + 1}")
        yield _preflight(deployment, endpoint, request, page, f"{endpoint.api}-preflight-{name}")
        yield _actual(deployment, endpoint, request, page, body, f"{endpoint.api}-page-{name}")
    if endpoint.api == "inference":
        simple = replace(request, headers=(("content-type", "text/plain"),), token="none")
        yield _actual(deployment, endpoint, simple, FOREIGN, body, f"{endpoint.api}-simple-post-foreign")


def _preflight(deployment: Deployment, endpoint: Endpoint, request: Request, page: str, id_: str) -> Probe:
    verdict = judge_page(deployment, endpoint, request, page)
    return replace(
        _with_page(deployment, endpoint, verdict.preflight_request, page, id_),
        kind="preflight",
        predicted=f"{verdict.preflight_status} {'passes' if verdict.preflight_passes else 'fails'}",
        why=verdict.preflight_rule,
    )


def _actual(deployment: Deployment, endpoint: Endpoint, request: Request, page: str, body: str, id_: str) -> Probe:
    verdict = judge_page(deployment, endpoint, request, page)
    sent = replace(request, headers=(("origin", page), *request.headers))
    foreseen = answer(deployment, endpoint, sent)
    made = _with_page(deployment, endpoint, sent, page, id_)
    state = "readable" if verdict.answer_readable else "unreadable"
    return replace(made, predicted=f"{foreseen.status} {state}", why=verdict.answer_rule, body=body)


def _with_page(deployment: Deployment, endpoint: Endpoint, request: Request, page: str, id_: str) -> Probe:
    return replace(make_probe(deployment, endpoint, request, id_=id_), page=page)
