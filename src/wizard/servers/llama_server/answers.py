"""What llama-server answers: its rules for paths, methods, keys and CORS headers, per build.

Every answer has the same Allow-Origin, whatever its status; preflights are answered first, for any path, and need no
key. Host and Content-Type are never checked, except that a multipart form becomes texts.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, unquote

from wizard.fast_start import regex
from wizard.servers.llama_server import bodies
from wizard.servers.llama_server.knowledge import knowledge
from wizard.servers.llama_server.routes import RouteGroup, at
from wizard.servers.llama_server.running import Running
from wizard.servers.requests import ExpectedAnswer, Request

_MEASURED = "builds 10434 and 11669, measured"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_RUNS = frozenset({"predict", "change", "run-code", "write-files", "fetch-urls"})
_NO_ROUTES = frozenset({"CONNECT", "TRACE", "PRI"})
"""Methods that the HTTP library knows, and for which no server has an address."""
_NAME = regex(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_RANGES = regex(r"bytes=\s*(?:[0-9]+-[0-9]*|-[0-9]+)(?:\s*,\s*(?:[0-9]+-[0-9]*|-[0-9]+))*")
_FOLDERS = regex(r"/(?:\.?/)+")
"""What adds nothing to the path of a file."""
_PORT = regex(r"\s*[+-]?([0-9]+)")
_LARGEST = 2**31 - 1


def answer(running: Running, request: Request) -> ExpectedAnswer:
    """The answer to a request. `request.token` says whether the key it presents is valid."""
    refused = _unreadable(request)
    if refused:
        return ExpectedAnswer(refused, fact=_MEASURED)
    ranges = request.header("range") is not None
    if request.method == "OPTIONS":
        # An answer without a body has no part that could be asked for.
        return ExpectedAnswer(416 if ranges else 200, _preflight(running, request), fact=f"every OPTIONS ({_MEASURED})")
    headers = _allow_origin(running, request)
    path = _path(request)
    if running.keys and request.token != "right" and not _open(running, path):
        return ExpectedAnswer(401, headers, fact=f"no right key ({_MEASURED})")
    if request.method in _NO_ROUTES:
        return ExpectedAnswer(400, headers, fact=_MEASURED)
    route = _route(running, request, path)
    if route is None:
        return ExpectedAnswer(404, headers, fact=f"no such address, or not with this method ({_MEASURED})")
    status = _status(running, request, route)
    ran = 200 <= status < 300 and bool(_RUNS & set(route.does))
    # Only files are sent in parts: every other answer sets its status itself.
    shown = 206 if status == 200 and ranges and route.needs == "ui" else status
    return ExpectedAnswer(shown, headers, ran, f"{route.meaning} ({route.evidence})")


def _path(request: Request) -> str:
    """The decoded path, without query and fragment; two slashes or a scheme in front have no meaning of their own."""
    return unquote(request.path.partition("#")[0].partition("?")[0])


def _query(request: Request) -> dict[str, list[str]]:
    return parse_qs(request.path.partition("#")[0].partition("?")[2])


def _unreadable(request: Request) -> int:
    """The status of a request that the HTTP library refuses before anything of the server sees it; 0 = it does not.

    Such an answer has no CORS headers.
    """
    if request.method not in _METHODS | _NO_ROUTES or not all(_NAME.fullmatch(name) for name, _ in request.headers):
        return 400
    ranges = request.header("range")
    return 416 if ranges is not None and not _satisfiable(ranges.strip(" \t")) else 0


def _satisfiable(ranges: str) -> bool:
    if not _RANGES.fullmatch(ranges):
        return False
    pairs = (each.strip().split("-") for each in ranges.removeprefix("bytes=").split(","))
    return all(not first or not last or _magnitude(first) <= _magnitude(last) for first, last in pairs)


def _magnitude(digits: str) -> tuple[int, str]:
    """For comparing whole numbers of any length."""
    significant = digits.lstrip("0")
    return len(significant), significant


def presented(request: Request) -> str:
    """The key that a request presents, as read by the server: Authorization, or else X-Api-Key."""
    value = request.header("authorization") or request.header("x-api-key") or ""
    return value.strip(" \t").removeprefix("Bearer ")


def _allow_origin(running: Running, request: Request) -> tuple[tuple[str, str], ...]:
    origin = (request.header("origin") or "").strip(" \t")
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
    """Whether the host of an Origin is this machine.

    It is read as a URL by the server's own rules, which let more pass than browsers write: a name in front of an @, a
    path, anything after the digits of a port.
    """
    found = re.fullmatch(r"https?://(.*)", origin, re.DOTALL)
    if found is None:
        return False
    before, at, after = found[1].partition("@")
    authority = (after if at else before).partition("/")[0]
    host, end, rest = authority[1:].partition("]") if authority.startswith("[") else authority.partition(":")
    if authority.startswith("["):
        if not end:
            return False
        rest = rest.removeprefix(":") if rest.startswith(":") else ""
    port = _PORT.match(rest)
    readable = not rest or (port is not None and _magnitude(port[1]) <= _magnitude(str(_LARGEST)))
    return readable and host in ("localhost", "127.0.0.1", "::1")


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
    found = (*at(inner, running.build), *(each for each in at(_FOLDERS.sub("/", inner), running.build) if each.file))
    return next((route for route in found if method in route.methods), None)


def _status(running: Running, request: Request, route: RouteGroup) -> int:
    router = "router" in running.options
    if route.needs == "router" and not router:
        return route.off
    if bodies.broken_form(request):
        return 400
    refused = _unrouted(running, request) if router and route.routed else 0
    if refused:
        return refused
    if route.needs and route.needs not in running.options:
        return route.off
    if route.needs == "ui":
        return _page(running, request)
    if route.query and not _query(request).get(route.query):
        return route.lacking
    if route.body and request.body is not None and not (router and route.any_body_routed):
        return _with_body(running, request, route, request.body)
    return route.unfit or route.done


def _unrouted(running: Running, request: Request) -> int:
    """The status of a request whose model a router cannot tell; 0 = it can.

    It is named in the query of a GET and in the body of a POST.
    """
    if request.method in ("GET", "HEAD"):
        return 0 if _query(request).get("model") else 400
    if request.body is None:
        return 0
    try:
        content = bodies.content(request, request.body)
    except ValueError:
        return _malformed(running)
    model = content.get("model") if isinstance(content, dict) else None
    return 0 if model and isinstance(model, str) else 400


def _malformed(running: Running) -> int:
    return 400 if knowledge().has(running.build, "malformed_400") else 500


def _page(running: Running, request: Request) -> int:
    """A file of the web interface: compressed in most builds, so clients must be able to decompress it."""
    plain = knowledge().has(running.build, "plain_ui")
    return 200 if plain or "gzip" in (request.header("accept-encoding") or "") else 415


def _with_body(running: Running, request: Request, route: RouteGroup, body: bytes) -> int:
    if route.needs == "slot-save":
        return _slot(running, request, route, body)
    try:
        content = bodies.content(request, body)
    except ValueError:
        return route.malformed or _malformed(running)
    if route.array:
        return route.done if isinstance(content, list) else 400
    fields: dict[str, Any] = content if isinstance(content, dict) else {}
    if route.field and not isinstance(fields.get(route.field), str):
        return 400
    if "predict" in route.does:
        return _predicting(running, request, route, fields)
    return route.unfit or route.done


def _predicting(running: Running, request: Request, route: RouteGroup, fields: dict[str, Any]) -> int:
    """Whether a request to the model has everything it needs."""
    if bodies.is_form(request) and bodies.unfit_form(fields, request.path):
        return 400
    refused = bodies.refusal(route.takes, fields)
    return _malformed(running) if refused == bodies.MALFORMED else refused or route.done


def _slot(running: Running, request: Request, route: RouteGroup, body: bytes) -> int:
    """Only what is saved or restored has a name, so only then is the body read."""
    actions = _query(request).get("action", [""])
    if not re.match(r"\s*[+-]?[0-9]", _path(request).rstrip("/").rpartition("/")[2]):
        return 400
    if actions[0] not in ("save", "restore"):
        return route.done if actions[0] == "erase" else 400
    try:
        content = bodies.content(request, body)
    except ValueError:
        return _malformed(running)
    name = content.get("filename") if isinstance(content, dict) else None
    return route.done if isinstance(name, str) and "/" not in name and ".." not in name else 400
