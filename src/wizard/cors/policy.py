"""A CORS policy, and what a gateway that follows it to the letter answers.

The gateway's order: refuse origins that are not listed, answer preflights, then methods, then the body's type, then
whatever is behind it. So a preflight needs no token, and a refused page cannot make the server work.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.cors.exchange import Answer, Response, WireRequest
from wizard.cors.headers import Headers
from wizard.cors.safelist import essence

_STRIPPED = frozenset({"set-cookie", "www-authenticate", "vary"})


@dataclass(frozen=True, slots=True)
class CorsPolicy:
    """Which pages may read the answers of one API."""

    origins: tuple[str, ...] = ()
    """Canonical origins; () = none, ("*",) = any."""
    methods: tuple[str, ...] = ("GET", "POST")
    headers: tuple[str, ...] = ("content-type",)
    """Request headers, lower case, that need permission."""
    credentials: bool = False
    max_age: int | None = 600
    """Seconds a browser may remember a preflight answer; None = its own default."""
    expose: tuple[str, ...] = ()
    """Response headers that pages may read beyond the safelisted ones."""

    @property
    def any_origin(self) -> bool:
        return self.origins == ("*",)


def allow_origin(policy: CorsPolicy, origin: str | None) -> str:
    """The Access-Control-Allow-Origin for a request's Origin header, "" = none."""
    if origin is None:
        return ""
    if policy.any_origin:
        return "*"
    return origin if origin in policy.origins else ""


def answers_for(policy: CorsPolicy, request: WireRequest) -> Headers:
    """The CORS headers that belong on the answer to this request, whatever its status."""
    vary = (("Vary", "Origin"),)
    allowed = allow_origin(policy, request.header("origin"))
    if not allowed:
        return vary
    found = [*vary, ("Access-Control-Allow-Origin", allowed)]
    if policy.credentials and not policy.any_origin:
        found.append(("Access-Control-Allow-Credentials", "true"))
    if is_preflight(request):
        found.append(("Access-Control-Allow-Methods", ", ".join(policy.methods)))
        if policy.headers:
            found.append(("Access-Control-Allow-Headers", ", ".join(policy.headers)))
        if policy.max_age is not None:
            found.append(("Access-Control-Max-Age", str(policy.max_age)))
    elif policy.expose:
        found.append(("Access-Control-Expose-Headers", ", ".join(policy.expose)))
    return tuple(found)


def is_preflight(request: WireRequest) -> bool:
    """OPTIONS with Access-Control-Request-Method, the way a server tells."""
    return request.method == "OPTIONS" and request.header("access-control-request-method") is not None


def refuses(policy: CorsPolicy, request: WireRequest) -> bool:
    """Whether the gateway turns the request away for where it comes from (403).

    An Origin that is not listed, "null" included; or no Origin, but a Sec-Fetch-Site that says another site. Callers
    that are no browsers send neither and are not refused.
    """
    if policy.any_origin:
        return False
    origin = request.header("origin")
    if origin is not None:
        return not allow_origin(policy, origin)
    return request.header("sec-fetch-site") in ("cross-site", "same-site")


def own_answer(policy: CorsPolicy, request: WireRequest, json_only: bool = False) -> Response | None:
    """What the gateway answers by itself, None when the request goes on to the server.

    `json_only`: a POST must be application/json, for servers that do not look themselves.
    """
    headers = answers_for(policy, request)
    if refuses(policy, request):
        return Response(403, headers)
    if is_preflight(request) and allow_origin(policy, request.header("origin")):
        return Response(204, headers)
    methods = {*policy.methods, "HEAD"} if "GET" in policy.methods else set(policy.methods)
    if request.method not in methods:
        return Response(405, headers)
    if json_only and request.method == "POST" and essence(request.header("content-type") or "") != "application/json":
        return Response(415, headers)
    return None


def gateway(policy: CorsPolicy, upstream: Answer, json_only: bool = False) -> Answer:
    """The policy's gateway in front of a server, as the function that `fetch` wants. A silent server gives 502."""

    def answer(request: WireRequest) -> Response:
        own = own_answer(policy, request, json_only)
        if own is not None:
            return own
        behind = upstream(request) or Response(502)
        kept = tuple(pair for pair in behind.headers if not _is_stripped(pair[0]))
        return Response(behind.status, (*kept, *answers_for(policy, request)))

    return answer


def _is_stripped(name: str) -> bool:
    return name.lower() in _STRIPPED or name.lower().startswith("access-control-")
