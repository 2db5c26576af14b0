"""The wizard in a browser on this machine: textual-serve behind a gate that one browser can pass, once.

The gate protects everything, the page, its files and the WebSocket: whoever gets through can type into a program that
writes files here.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from wizard.errors import ExitCode, WizardError
from wizard.machine import signals

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware
    from aiohttp.web import Request, StreamResponse

LOOPBACK = "127.0.0.1"
_SECONDS_TO_STOP = 10.0
"""Longer than it takes to end a wizard that does not react."""


@dataclass
class Gate:
    """Who may pass: the browser that brought the token, under the one host name, from its own page."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    used: bool = False

    @property
    def origin(self) -> str:
        """The only allowed origin, and with it the only allowed Host."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        """The address to open, once."""
        return f"{self.origin}/?token={self.token}"

    @property
    def cookie(self) -> str:
        """All ports of a host share cookies, so the name includes the port."""
        return f"serving-wizard-{self.port}"

    def refusal(self, path: str, headers: Mapping[str, str]) -> tuple[int, str] | None:
        """Status and reason; None = may pass without the token. `headers`: names in lower case."""
        host = headers.get("host", "")
        if host != f"{LOOPBACK}:{self.port}":
            return 421, f"This server answers as {LOOPBACK}:{self.port} only, not as {host[:100] or 'nothing'}."
        origin = headers.get("origin")
        if origin is not None and origin != self.origin:
            return 403, f"Pages of {origin[:100]} may not use it."
        if path == "/ws" and origin is None:
            return 403, "The connection did not come from its own page."
        if not hmac.compare_digest(self._cookie_of(headers).encode(), self.session.encode()):
            return 403, "This browser has not brought the token: open the address that the terminal shows."
        return None

    def admits(self, target: str, headers: Mapping[str, str]) -> tuple[bool, str]:
        """Whether a request brings the token, which can be used only once; else the reason."""
        parts = urlsplit(target)
        brought = parse_qs(parts.query).get("token", [""])[0]
        if not brought or parts.path != "/":
            return False, ""
        if "prefetch" in f"{headers.get('sec-purpose', '')} {headers.get('purpose', '')}":
            return False, "A token is not spent on a page that nobody looks at yet."
        if not hmac.compare_digest(brought.encode(), self.token.encode()):
            return False, "The token is wrong."
        if self.used:
            return False, "The token was used already; start serving-wizard serve again for a new one."
        self.used = True
        return True, ""

    def _cookie_of(self, headers: Mapping[str, str]) -> str:
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.cookie)
        except CookieError:
            return ""
        return found.value if found else ""


def listen(port: int) -> socket.socket:
    """A listening socket on 127.0.0.1; port 0 takes a free one.

    Raises WizardError (exit code 3) if the port is taken.
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
        sock.listen(16)
    except OSError as problem:
        sock.close()
        raise WizardError(
            f"Port {port} cannot be opened on {LOOPBACK}",
            problem.strerror or str(problem),
            "Leave --port out to take a free one.",
            ExitCode.ENVIRONMENT,
        ) from None
    return sock


def serve(command: str, sock: socket.socket, gate: Gate, ready: Callable[[], None]) -> None:
    """Serve a Textual program until interrupted or terminated.

    `command` is a shell command; `ready` is called once it listens.

    Raises WizardError (exit code 3) without the optional packages.
    """
    try:
        import aiohttp.web  # noqa: F401
        import textual_serve.server  # noqa: F401
    except ImportError as missing:
        raise WizardError(
            "The wizard in a browser needs an optional package",
            f"{missing.name} is not installed",
            "Install it: pip install 'serving-wizard[serve]'",
            ExitCode.ENVIRONMENT,
        ) from None
    asyncio.run(_run(command, sock, gate, ready))


async def _run(command: str, sock: socket.socket, gate: Gate, ready: Callable[[], None]) -> None:
    from aiohttp import web

    from wizard.machine.browser_wizard import OneWizard

    _say_nothing_of_broken_requests()
    server = OneWizard(command, LOOPBACK, gate.port, "Serving Wizard", gate.origin)
    app: web.Application = await server._make_app()
    app.middlewares.append(_guard(gate))
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SECONDS_TO_STOP)
    stopped = asyncio.Event()
    for number in filter(signals.heeded, signals.TERMINATE):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await runner.setup()
    try:
        await web.SockSite(runner, sock).start()
        ready()
        await stopped.wait()
    finally:
        await runner.cleanup()


def _say_nothing_of_broken_requests() -> None:
    """Bytes that are not HTTP get 400, and no traceback with the caller's text on this terminal."""
    from aiohttp.http_exceptions import HttpProcessingError
    from aiohttp.log import server_logger

    server_logger.addFilter(
        lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
    )


def _guard(gate: Gate) -> Middleware:
    from aiohttp import web

    @web.middleware
    async def guard(request: Request, handler: Handler) -> StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        refused = gate.refusal(request.path, headers)
        if refused is not None and refused[0] == 403 and request.method == "GET" and "origin" not in headers:
            admitted, reason = gate.admits(request.path_qs, headers)
            if admitted:
                return _welcome(gate)
            refused = (403, reason or refused[1])
        if refused is not None:
            return _hardened(gate, web.Response(status=refused[0], text=f"{refused[1]}\n"))
        response = await handler(request)
        return response if response.prepared else _hardened(gate, response)

    return guard


def _welcome(gate: Gate) -> StreamResponse:
    """Set the cookie for the token, and redirect to the page without the token in its address."""
    from aiohttp import web

    response = web.Response(status=303, headers={"Location": "/"})
    response.set_cookie(gate.cookie, gate.session, httponly=True, samesite="Strict", path="/")
    return _hardened(gate, response)


def _hardened(gate: Gate, response: StreamResponse) -> StreamResponse:
    """Nothing is cached, nothing is sent to others, nothing is loaded from elsewhere, no page may frame it."""
    socket_origin = gate.origin.replace("http", "ws", 1)
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data:; font-src 'self' data:; connect-src 'self' {socket_origin}; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
