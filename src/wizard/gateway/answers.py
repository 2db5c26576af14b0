"""What the gateway answers, step by step as its configuration decides (security 4.2)."""

from __future__ import annotations

import re
from dataclasses import replace

from wizard import servers
from wizard.deployment import CorsAnswers, Deployment, Endpoint
from wizard.gateway.names import host_names
from wizard.servers.base import Answer, Request, Route

FACT = "security 4.2"
EXPOSED = ("retry-after", "x-request-id")
_TARGET = re.compile(r"^(?![^?]*(?:\.\.|//|/\./))/[A-Za-z0-9_.:/-]*(?:\?[^#]*)?$")
_JSON = re.compile(r"^application/json(?:;|$)", re.IGNORECASE)


def answer(deployment: Deployment, endpoint: Endpoint, request: Request) -> Answer:
    """The gateway's own refusals in their order, else the server's answer with the gateway's CORS headers."""
    host = request.header("host")
    if host is not None and re.sub(r":\d+$", "", host).lower() not in host_names(deployment, endpoint):
        return Answer(421, fact=FACT)
    cors = endpoint.cors
    route = find_route(deployment, endpoint, request.path)
    if route is None:
        return Answer(404, _headers(cors, request, preflight=False), fact=FACT)
    origin = request.header("origin")
    allowed = _allowed(cors, origin)
    preflight = request.method == "OPTIONS" and allowed and request.header("access-control-request-method") is not None
    status = _refusal(request, route, origin, allowed, preflight)
    if not status and endpoint.auth == "gateway-token" and request.token != "right":
        status = 401
    if status:
        return Answer(status, _headers(cors, request, preflight), fact=FACT)
    behind = _behind(deployment, endpoint, request)
    return replace(behind, headers=_headers(cors, request, preflight=False))


def find_route(deployment: Deployment, endpoint: Endpoint, path: str) -> Route | None:
    """The route that a path takes, None = 404."""
    bare = path.partition("?")[0]
    routes = servers.adapter(deployment.plan.server).gateway_routes(deployment)
    return next((r for r in routes if r.api == endpoint.api and re.search(r.pattern, bare)), None)


def _refusal(request: Request, route: Route, origin: str | None, allowed: bool, preflight: bool) -> int:
    """The first refusal in the gate's order, 0 = none."""
    if not _TARGET.match(request.path):
        return 400
    if origin is not None and not allowed:
        return 403
    if origin is None and request.header("sec-fetch-site") in ("cross-site", "same-site"):
        return 403
    if preflight:
        return 204
    if request.method not in _methods(route):
        return 405
    json_needed = route.json_body and request.method == "POST"
    return 415 if json_needed and not _JSON.match(request.header("content-type") or "") else 0


def _methods(route: Route) -> tuple[str, ...]:
    return (*route.methods, "HEAD") if "GET" in route.methods else route.methods


def _allowed(cors: CorsAnswers, origin: str | None) -> bool:
    return origin is not None and (cors.origins == ("*",) or origin in cors.origins)


def _behind(deployment: Deployment, endpoint: Endpoint, request: Request) -> Answer:
    """What the server says to the request as the gateway hands it on."""
    kept = tuple((k, v) for k, v in request.headers if k == "content-type")
    token = request.token if endpoint.auth == "server-token" else "none"
    adapter = servers.adapter(deployment.plan.server)
    return adapter.answer(deployment, endpoint, Request(request.method, request.path, kept, token))


def _headers(cors: CorsAnswers, request: Request, preflight: bool) -> tuple[tuple[str, str], ...]:
    origin = request.header("origin")
    found = [("vary", "Origin")]
    if origin is None or not _allowed(cors, origin):
        return tuple(found)
    found.append(("access-control-allow-origin", "*" if cors.origins == ("*",) else origin))
    if cors.credentials:
        found.append(("access-control-allow-credentials", "true"))
    found.append(("access-control-expose-headers", ", ".join(EXPOSED)))
    if preflight:
        found.append(("access-control-allow-methods", ", ".join(cors.methods)))
        found.append(("access-control-allow-headers", ", ".join(allowed_headers(cors))))
        found.append(("access-control-max-age", str(cors.max_age)))
    return tuple(found)


def allowed_headers(cors: CorsAnswers) -> tuple[str, ...]:
    """The request headers that preflights permit."""
    return cors.headers
