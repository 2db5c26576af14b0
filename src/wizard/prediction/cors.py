"""CORS probes of an endpoint: what pages of listed, look-alike and foreign origins will be able to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from wizard import registry
from wizard.cors.origin_probes import OriginProbe, origin_probes
from wizard.cors.urls import parse_as_chromium
from wizard.deployment import Deployment, Endpoint
from wizard.gateway.expected_responses import find_route
from wizard.prediction.answer import answer, make_probe, usual_request
from wizard.prediction.browser import judge_page
from wizard.prediction.values import Probe
from wizard.servers.requests import Request

FOREIGN = "https://evil.example"
MISSING = "/no-such-path"
_MOST_LISTED = 8
_MOST_LOOK_ALIKES = 2
"""Look-alikes are tried for this many listed origins; the same rule compares the others."""
_SEED = 1


def cors_probes(deployment: Deployment, endpoint: Endpoint, samples: Mapping[str, str]) -> Iterator[Probe]:
    """Typical requests of each listed origin and a foreign one, then everything that reveals a careless policy."""
    request, body = usual_request(deployment, endpoint, samples)
    made = [*_at_work(deployment, endpoint, request, body)]
    made += _battery(deployment, endpoint, request, body)
    sent: set[tuple[object, ...]] = set()
    for probe in made:
        same = (probe.method, probe.path, probe.headers, probe.body, probe.token)
        if same not in sent:
            sent.add(same)
            yield probe


def _at_work(deployment: Deployment, endpoint: Endpoint, request: Request, body: str) -> Iterator[Probe]:
    """A preflight and a real request for each listed origin, a foreign one and `null`, and a simple POST."""
    listed = [o for o in endpoint.cors.origins if o != "*"]
    for number, page in enumerate([*listed[:_MOST_LISTED], FOREIGN, "null"]):
        name = {FOREIGN: "foreign", "null": "null"}.get(page, f"listed-{number + 1}")
        yield from _preflight(deployment, endpoint, request, page, f"{endpoint.api}-preflight-{name}")
        yield _actual(deployment, endpoint, request, page, f"{endpoint.api}-page-{name}", body)
    if endpoint.api == "inference":
        simple = replace(request, headers=(("content-type", "text/plain"),), token="none")
        yield _actual(deployment, endpoint, simple, FOREIGN, f"{endpoint.api}-simple-post-foreign", body)


def _battery(deployment: Deployment, endpoint: Endpoint, request: Request, body: str) -> Iterator[Probe]:
    """The probes of `wizard.cors.origin_probes` that apply to this endpoint."""
    listed = [o for o in endpoint.cors.origins if o != "*"]
    quiet = _quiet_path(deployment, endpoint, request)
    for probe in origin_probes(listed[:_MOST_LOOK_ALIKES] or endpoint.cors.origins, seed=_SEED):
        first = probe.allowed in ("", *listed[:1])
        # What no browser sends is asked once: it tells of the comparison, and that is the same for every origin.
        asked = probe.sent_by in ("page", "sandbox") or (first and endpoint.api == "inference")
        if probe.skipped or not asked or set(probe.origins) & set(listed[_MOST_LOOK_ALIKES:]):
            continue
        wanted = _request(deployment, endpoint, probe, request, quiet)
        if wanted is None:
            continue
        id_ = f"{endpoint.api}-{probe.id}"
        page = probe.origins[0] if probe.origins else ""
        if probe.method == "OPTIONS":
            yield from _preflight(deployment, endpoint, wanted, page, id_)
        elif page:
            yield _actual(deployment, endpoint, wanted, page, id_, body if wanted.method == "POST" else "")
        else:
            yield make_probe(deployment, endpoint, wanted, id_=id_)


def _quiet_path(deployment: Deployment, endpoint: Endpoint, request: Request) -> str:
    """A path that can be requested with GET without running a model; behind a gateway, one that its gate checks."""
    status = registry.spec(deployment.plan.server, endpoint.api).probe_path
    if endpoint.served_by == "server":
        return status
    return status if find_route(deployment, endpoint, status) else request.path


def _request(
    deployment: Deployment, endpoint: Endpoint, probe: OriginProbe, request: Request, quiet: str
) -> Request | None:
    """The request of a probe at this endpoint; None = it does not apply, or the outcome cannot be known.

    Two Origin lines are left out: which one counts depends on nginx's version (1.23 began to join them).
    """
    if len(probe.origins) > 1 or (probe.path == "no-token" and endpoint.auth == "none"):
        return None
    headers = tuple((name.lower(), value) for name, value in probe.headers)
    token = "none" if probe.path == "no-token" else request.token
    if probe.method == "OPTIONS":
        path = f"{request.path}/" if probe.path == "other-slash" else request.path
        asked = dict(headers)["access-control-request-headers"]
        return Request(request.method, path, ((asked, "x"),), "none")
    if probe.path == "too-big":
        # Only the length is announced. What a bare server reads of such a body is its own affair.
        if endpoint.served_by == "server":
            return None
        size = deployment.plan.gateway.max_body_mib * 1024 * 1024 + 1
        return Request("POST", request.path, (("content-length", str(size)), *headers), token)
    if probe.method == "POST":
        return Request("POST", request.path, headers, "none")
    host = (("host", probe.host),) if probe.host else ()
    path = {"missing": MISSING, "no-token": request.path}.get(probe.path, quiet)
    method = request.method if probe.path == "no-token" else "GET"
    kept = request.headers if method == "POST" else ()
    return Request(method, path, (*host, *headers, *kept), token)


def _preflight(deployment: Deployment, endpoint: Endpoint, request: Request, page: str, id_: str) -> Iterator[Probe]:
    """The preflight of a request; none if a browser sends the request without one, such as a plain GET."""
    verdict = judge_page(deployment, endpoint, request, page)
    if not verdict.preflight_sent:
        return
    yield replace(
        _with_page(deployment, endpoint, verdict.preflight_request, page, id_),
        kind="preflight",
        predicted=f"{verdict.preflight_status} {'passes' if verdict.preflight_passes else 'fails'}",
        why=verdict.preflight_rule,
    )


def _actual(deployment: Deployment, endpoint: Endpoint, request: Request, page: str, id_: str, body: str) -> Probe:
    of_script = tuple(
        pair for pair in request.headers if not pair[0].startswith("sec-") and pair[0] != "content-length"
    )
    verdict = judge_page(deployment, endpoint, replace(request, headers=of_script), page)
    sent = replace(request, headers=(("origin", page), *request.headers))
    foreseen = answer(deployment, endpoint, sent)
    made = _with_page(deployment, endpoint, sent, page, id_)
    state = "readable" if verdict.answer_readable else "unreadable"
    return replace(made, predicted=f"{foreseen.status} {state}", why=verdict.answer_rule, body=body)


def _with_page(deployment: Deployment, endpoint: Endpoint, request: Request, page: str, id_: str) -> Probe:
    return replace(make_probe(deployment, endpoint, request, id_=id_), page=page, sender=_sender(endpoint, page))


def _sender(endpoint: Endpoint, page: str) -> str:
    """What a page is for this endpoint, in words."""
    if page in endpoint.cors.origins:
        return f"page {page}"
    if page == "null":
        return "a sandboxed page"
    listed = [url.host for origin in endpoint.cors.origins if (url := parse_as_chromium(origin)) is not None]
    if any(host in page.lower() for host in listed):
        return "a look-alike page"
    return "an unlisted page" if listed else "a page from elsewhere"
