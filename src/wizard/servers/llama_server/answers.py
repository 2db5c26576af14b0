"""What llama-server answers: its rules for paths, methods, keys and CORS headers, per build.

Every answer has the same Allow-Origin, whatever its status; preflights are answered first, for any path, and need no
key. Host and Content-Type are never checked, except that a multipart form becomes texts.
"""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from wizard.servers.llama_server.knowledge import knowledge
from wizard.servers.llama_server.routes import RouteGroup, at
from wizard.servers.llama_server.running import Running
from wizard.servers.requests import ExpectedAnswer, Request

_MEASURED = "builds 10434 and 11669, measured"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_RUNS = frozenset({"predict", "change", "run-code", "write-files", "fetch-urls"})
_PART = re.compile(rb'name="([^"]*)"[^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n(.*?)\r\n--', re.DOTALL)
_TEXTS = frozenset({"prompt", "input", "content", "model"})
"""Fields that may be text; any other field sent as text is of the wrong kind."""


def answer(running: Running, request: Request) -> ExpectedAnswer:
    """The answer to a request. `request.token` says whether the key it presents is valid."""
    if request.method not in _METHODS:
        return ExpectedAnswer(400, fact=_MEASURED)
    if request.method == "OPTIONS":
        return ExpectedAnswer(200, _preflight(running, request), fact=f"every OPTIONS ({_MEASURED})")
    headers = _allow_origin(running, request)
    path = unquote(urlsplit(request.path).path) if request.path.startswith("/") else request.path
    if running.keys and request.token != "right" and not _open(running, path):
        return ExpectedAnswer(401, headers, fact=f"no right key ({_MEASURED})")
    route = _route(running, request, path)
    if route is None:
        return ExpectedAnswer(404, headers, fact=f"no such address, or not with this method ({_MEASURED})")
    status = _status(running, request, route)
    ran = 200 <= status < 300 and bool(_RUNS & set(route.does))
    return ExpectedAnswer(status, headers, ran, f"{route.meaning} ({route.evidence})")


def presented(request: Request) -> str:
    """The key that a request presents, as read by the server: Authorization, or else X-Api-Key."""
    value = request.header("authorization") or request.header("x-api-key") or ""
    return value.strip(" \t").removeprefix("Bearer ")


def _allow_origin(running: Running, request: Request) -> tuple[tuple[str, str], ...]:
    origin = request.header("origin") or ""
    cors = running.cors
    if cors.credentials and cors.origins == "*":
        return (("access-control-allow-origin", origin),)
    if cors.origins == "localhost":
        return (("access-control-allow-origin", origin),) if _is_here(origin) else ()
    return (("access-control-allow-origin", cors.origins),)


def _preflight(running: Running, request: Request) -> tuple[tuple[str, str], ...]:
    return (
        *_allow_origin(running, request),
        ("access-control-allow-credentials", "true" if running.cors.credentials else "false"),
        ("access-control-allow-methods", running.cors.methods),
        ("access-control-allow-headers", running.cors.headers),
    )


def _is_here(origin: str) -> bool:
    """A page on this machine: http or https, any port."""
    return re.fullmatch(r"https?://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?", origin) is not None


def _open(running: Running, path: str) -> bool:
    """Whether a path needs no key.

    The list of such paths ignores the prefix, and contains only the paths themselves.
    """
    return any(route.is_open(running.build) for route in at(path, running.build))


def _route(running: Running, request: Request, path: str) -> RouteGroup | None:
    if not path.startswith(f"{running.prefix}/"):
        return None
    method = "GET" if request.method == "HEAD" else request.method
    inner = path.removeprefix(running.prefix)
    return next((route for route in at(inner, running.build) if method in route.methods), None)


def _status(running: Running, request: Request, route: RouteGroup) -> int:
    if route.needs and route.needs not in running.options:
        return route.off
    if route.needs == "ui":
        return _page(running, request)
    if route.query and not parse_qs(urlsplit(request.path).query).get(route.query):
        return route.lacking
    if route.body and request.body is not None:
        return _with_body(running, request, route, request.body)
    return route.unfit or route.done


def _page(running: Running, request: Request) -> int:
    """A file of the web interface: compressed in most builds, so clients must be able to decompress it."""
    plain = knowledge().has(running.build, "plain_ui")
    return 200 if plain or "gzip" in (request.header("accept-encoding") or "") else 415


def _with_body(running: Running, request: Request, route: RouteGroup, body: bytes) -> int:
    try:
        content = _content(request, body)
    except ValueError:
        return route.malformed or (400 if knowledge().has(running.build, "malformed_400") else 500)
    if route.array:
        return route.done if isinstance(content, list) else 400
    fields = content if isinstance(content, dict) else {}
    if route.field and not isinstance(fields.get(route.field), str):
        return 400
    if "predict" in route.does:
        return route.done if _fits(running, request, fields) else 400
    if route.needs == "slot-save":
        return route.done if _slot(request, fields) else 400
    return route.unfit or route.done


def _content(request: Request, body: bytes) -> object:
    """The body as read by the server. Raises ValueError if it is not JSON."""
    if (request.header("content-type") or "").startswith("multipart/form-data"):
        return {name.decode("latin-1"): value.decode("latin-1") for name, value in _PART.findall(body)}
    return json.loads(body)


def _fits(running: Running, request: Request, fields: dict[str, Any]) -> bool:
    """Whether a request to the model has everything it needs."""
    if "router" in running.options and not fields.get("model"):
        return False
    form = (request.header("content-type") or "").startswith("multipart/form-data")
    return not (form and (set(fields) - _TEXTS or "messages" in request.path or "chat" in request.path))


def _slot(request: Request, fields: dict[str, Any]) -> bool:
    actions = parse_qs(urlsplit(request.path).query).get("action", [])
    if actions == ["erase"]:
        return True
    name = fields.get("filename")
    return actions in (["save"], ["restore"]) and isinstance(name, str) and "/" not in name and ".." not in name
