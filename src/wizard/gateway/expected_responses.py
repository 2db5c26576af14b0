"""What the gateway answers, step by step as its configuration decides (docs/gateway.md)."""

from __future__ import annotations

import re
from dataclasses import replace

from wizard import registry
from wizard.deployment import CorsAnswers, Deployment, Endpoint
from wizard.fast_start import regex
from wizard.gateway.layout import TOKEN_CHECK, presented_group
from wizard.gateway.names import host_names
from wizard.gateway.target import NginxTarget, host_name, read_target
from wizard.servers.requests import ExpectedAnswer, Request, Route

FACT = "nginx 1.22, measured (docs/gateway.md)"
EXPOSED = ("retry-after", "x-request-id")
_MIB = 1024 * 1024
_JSON = regex(r"^application/json[ \t]*(?:;|$)", re.IGNORECASE)
_LITERAL = regex(r"\^([A-Za-z0-9_/-]+)\$")
_METHOD = regex(r"[A-Z_-]+")
_FOREIGN_SITES = ("cross-site", "same-site")


def answer(deployment: Deployment, endpoint: Endpoint, request: Request) -> ExpectedAnswer:
    """The gateway's own refusals in order, else the server's answer with the gateway's CORS headers.

    A request without a Host header counts as one with a right name. The body's size is taken from `content-length`.
    """
    target = read_target(request.path)
    early = _before_locations(deployment, endpoint, request, target)
    if early or target is None:
        return ExpectedAnswer(early, fact=FACT)
    origin = request.header("origin") or ""
    allowed = _allowed(endpoint.cors, origin)
    preflight = request.method == "OPTIONS" and allowed and bool(request.header("access-control-request-method"))
    headers = _headers(endpoint.cors, origin, allowed, preflight)
    route = find_route(deployment, endpoint, target.path)
    status = _refusal(deployment, endpoint, request, target, route)
    if not status and route is not None:
        status = _gate(request, route, origin, allowed, preflight)
    if not status and endpoint.auth == "gateway-token" and request.token != "right":
        status = 401
    if status:
        return ExpectedAnswer(status, headers, fact=FACT)
    return replace(_behind(deployment, endpoint, request, target), headers=headers)


def routes(deployment: Deployment, endpoint: Endpoint) -> tuple[Route, ...]:
    """What the gateway may forward of one API: everything else is 404."""
    found = registry.adapter(deployment.plan.server).gateway_routes(deployment)
    return tuple(route for route in found if route.api == endpoint.api)


def find_route(deployment: Deployment, endpoint: Endpoint, path: str) -> Route | None:
    """The route that a decoded path takes, None = 404."""
    return next((route for route in routes(deployment, endpoint) if _takes(route, path)), None)


def _takes(route: Route, path: str) -> bool:
    only = literal(route)
    return path == only if only else re.search(route.pattern, path) is not None


def literal(route: Route) -> str:
    """The single path of a route without alternatives, which nginx compares instead of searching; "" = it has
    alternatives."""
    found = _LITERAL.fullmatch(route.pattern)
    return found[1] if found else ""


def methods(route: Route) -> tuple[str, ...]:
    """The methods a route allows: where GET is allowed, HEAD is too."""
    return (*route.methods, "HEAD") if "GET" in route.methods else route.methods


def _before_locations(deployment: Deployment, endpoint: Endpoint, request: Request, target: NginxTarget | None) -> int:
    """Refusals before any location is matched, and so without CORS headers; 0 = none."""
    if target is None or not _METHOD.fullmatch(request.method):
        return 400
    given = [text for text in (target.host, request.header("host")) if text is not None]
    names = [host_name(text) for text in given]
    if None in names:
        return 400
    if request.method in ("TRACE", "CONNECT"):
        return 405
    return 421 if names and names[0] not in host_names(deployment, endpoint) else 0


def _refusal(
    deployment: Deployment, endpoint: Endpoint, request: Request, target: NginxTarget, route: Route | None
) -> int:
    """Too long, unknown, or not spelled plainly; 0 = none of these."""
    if target.path == TOKEN_CHECK and endpoint.auth == "gateway-token":
        return 404
    if int(request.header("content-length") or 0) > deployment.plan.gateway.max_body_mib * _MIB:
        return 413
    if route is None:
        return 404
    return 0 if target.well_formed else 400


def _gate(request: Request, route: Route, origin: str, allowed: bool, preflight: bool) -> int:
    """The gate's refusals in order, and its answer to a preflight; 0 = none."""
    if origin and not allowed:
        return 403
    if not origin and (request.header("sec-fetch-site") or "").lower() in _FOREIGN_SITES:
        return 403
    if preflight:
        return 204
    if request.method not in methods(route):
        return 405
    json_needed = route.json_body and request.method == "POST"
    return 415 if json_needed and not _JSON.match(request.header("content-type") or "") else 0


def _allowed(cors: CorsAnswers, origin: str) -> bool:
    return bool(origin) and (cors.origins == ("*",) or origin in cors.origins)


def _behind(deployment: Deployment, endpoint: Endpoint, request: Request, target: NginxTarget) -> ExpectedAnswer:
    """The server's answer to the request as the gateway forwards it."""
    kept = tuple((k, v) for k, v in request.headers if k == "content-type")
    handed = Request(request.method, target.raw, kept, "right" if presented_group(deployment, endpoint) else "none")
    if endpoint.auth == "server-token":
        handed = replace(handed, token=request.token)
    return registry.adapter(deployment.plan.server).answer(deployment, endpoint, handed)


def _headers(cors: CorsAnswers, origin: str, allowed: bool, preflight: bool) -> tuple[tuple[str, str], ...]:
    found = [("vary", "Origin")]
    if not allowed:
        return tuple(found)
    any_page = cors.origins == ("*",)
    found.append(("access-control-allow-origin", "*" if any_page else origin))
    if cors.credentials and not any_page:
        found.append(("access-control-allow-credentials", "true"))
    found.append(("access-control-expose-headers", ", ".join(EXPOSED)))
    if preflight:
        found.append(("access-control-allow-methods", ", ".join(cors.methods)))
        found.append(("access-control-allow-headers", ", ".join(cors.headers)))
        found.append(("access-control-max-age", str(cors.max_age or 0)))
    return tuple(pair for pair in found if pair[1])
