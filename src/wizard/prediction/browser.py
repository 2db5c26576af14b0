"""Plan + page + request -> what a browser will do, hop by hop: the browser's rules applied to the predicted answers."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from wizard.cors.exchange import Answer, CallingPage, PageRequest, Response, WireRequest
from wizard.cors.fetch import Verdict, fetch
from wizard.cors.rules import explain
from wizard.deployment import Deployment, Endpoint
from wizard.errors import WizardError
from wizard.plan import Api
from wizard.prediction.answer import answer, usual_request
from wizard.servers.requests import Request

WRONG_TOKEN = "wrong-token"
"""The token that counts as a wrong one; any other counts as right."""
_USUAL_VALUES = {"content-type": "application/json", "authorization": "Bearer token"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and what answered."""

    verdict: Verdict
    layer: str
    """native, gateway or none: what implements CORS for this API."""
    served_by: str
    ran: bool
    """Whether the model (or the management call) ran, whatever the page could see."""

    @property
    def error(self) -> int:
        """The status of the answer to the request itself if it is an error, else 0."""
        last = self.verdict.hops[-1] if self.verdict.hops else None
        if last is None or last.request.preflight or last.response is None or last.response.status < 400:
            return 0
        return last.response.status


def lacks_token(deployment: Deployment, api: Api, found: Judgement) -> bool:
    """Whether an error is caused by a token that the page did not send."""
    endpoint = deployment.endpoint(api)
    asked = endpoint is not None and endpoint.auth != "none"
    return bool(found.error) and asked and found.verdict.hops[-1].request.header("authorization") is None


@dataclass(frozen=True, slots=True)
class PageOutcome:
    """A preflight and a request, judged separately."""

    preflight_sent: bool
    """Whether a browser sends a preflight before this request."""
    preflight_request: Request
    preflight_status: int
    preflight_passes: bool
    preflight_rule: str
    answer_readable: bool
    answer_rule: str


def judge(
    deployment: Deployment,
    api: Api,
    page: str,
    method: str,
    headers: tuple[tuple[str, str], ...] = (),
    credentials: bool = False,
    path: str = "",
    profile: str = "standard",
) -> Judgement:
    """Judge a request from a page.

    Headers without a value get a typical one. Raises WizardError if the API is not published anywhere a browser could
    reach it.
    """
    endpoint = deployment.endpoint(api)
    if endpoint is None or not called_by_pages(deployment, api):
        raise WizardError(
            f"No browser can reach the {api} API",
            "it is not published on an address of this machine",
            f"Give bind.{api} a scope such as loopback.",
        )
    filled = tuple((name, value or _USUAL_VALUES.get(name.lower(), "x")) for name, value in headers)
    has_body = method.upper() not in ("GET", "HEAD")
    request = PageRequest(
        url=endpoint.url + (path or usual_request(deployment, endpoint, {})[0].path),
        method=method,
        headers=filled,
        body="{}" if has_body else None,
        credentials="include" if credentials else "same-origin",
    )
    ran: list[bool] = []
    verdict = fetch(CallingPage(page), request, replies(deployment, endpoint, ran), profile)
    return Judgement(verdict, endpoint.cors.layer, endpoint.served_by, any(ran))


def called_by_pages(deployment: Deployment, api: Api) -> bool:
    """Whether the API has an address that a page can send a request to."""
    endpoint = deployment.endpoint(api)
    return endpoint is not None and bool(endpoint.url) and endpoint.protocol != "grpc"


def unanswered(deployment: Deployment, api: Api) -> Judgement:
    """The result of a request to an API that has no address for pages."""
    endpoint = deployment.endpoint(api)
    grpc = endpoint is not None and bool(endpoint.url)
    why = "a page cannot speak gRPC" if grpc else "it is not published on an address of this machine"
    text = f"{explain('no-answer', {})} No browser can reach the {api} API: {why}."
    verdict = Verdict("blocked", False, False, "no-answer", text, ())
    return Judgement(
        verdict, endpoint.cors.layer if endpoint else "none", endpoint.served_by if endpoint else "", False
    )


def replies(deployment: Deployment, endpoint: Endpoint, ran: list[bool] | None = None) -> Answer:
    """The answers of an endpoint to a browser's requests. For each request, `ran` is told whether the model ran."""

    def reply(wire: WireRequest) -> Response:
        found = answer(deployment, endpoint, _request(wire))
        if ran is not None:
            ran.append(found.ran and not wire.preflight)
        return Response(found.status, found.headers)

    return reply


def judge_page(deployment: Deployment, endpoint: Endpoint, request: Request, page: str) -> PageOutcome:
    """A preflight for a request and the request itself, judged separately, as a trial measures them."""
    names = [name for name, _ in request.headers if name not in ("accept", "origin", "host")]
    asked = sorted({*names, *(["authorization"] if request.token != "none" else [])})
    headers = [("origin", page), ("access-control-request-method", request.method)]
    headers += [("access-control-request-headers", ",".join(asked))] if asked else []
    preflight = Request("OPTIONS", request.path, tuple(headers))
    permission = answer(deployment, endpoint, preflight)
    actual = Request(request.method, request.path, (("origin", page), *request.headers), request.token)
    reply = answer(deployment, endpoint, actual)
    first = _alone(page, request, asked, Response(permission.status, permission.headers), _ANYTHING)
    second = _alone(page, request, asked, None, Response(reply.status, reply.headers))
    return PageOutcome(
        preflight_sent=first.preflight_sent,
        preflight_request=preflight,
        preflight_status=permission.status,
        preflight_passes=first.verdict == "allowed",
        preflight_rule=first.rule,
        answer_readable=second.verdict == "allowed",
        answer_rule=second.rule,
    )


_TARGET = "https://server.example/"
_ANYTHING = Response(200, (("access-control-allow-origin", "*"),))


def _alone(page: str, request: Request, asked: list[str], permission: Response | None, reply: Response) -> Verdict:
    """Judge given answers, each of the two on its own. Without `permission`, the preflight counts as granted."""
    headers = tuple((name, dict(request.headers).get(name, "x")) for name in asked)
    wanted = PageRequest(_TARGET, request.method, headers, body="x" if request.method == "POST" else None)

    def give(wire: WireRequest) -> Response:
        if wire.preflight:
            return permission or _granted(wire)
        return reply

    return fetch(CallingPage(page), wanted, give)


def _granted(preflight: WireRequest) -> Response:
    """A permission for exactly what was asked, for the Origin as sent: a file: page says null."""
    names = ("origin", "access-control-request-method", "access-control-request-headers")
    granted = ("access-control-allow-origin", "access-control-allow-methods", "access-control-allow-headers")
    return Response(
        204, tuple((grant, preflight.header(name) or "") for grant, name in zip(granted, names, strict=True))
    )


def _request(wire: WireRequest) -> Request:
    target = urlsplit(wire.url)
    path = target.path + (f"?{target.query}" if target.query else "")
    headers = tuple((name.lower(), value) for name, value in wire.headers)
    token = wire.header("authorization")
    wrong = token == f"Bearer {WRONG_TOKEN}"
    return Request(wire.method, path, headers, "wrong" if wrong else "right" if token else "none")
