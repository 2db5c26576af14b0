"""The server of the web page: every request passes the gate first."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.log import server_logger

from wizard.machine import signals
from wizard.machine.browser_wizard import OneWizard
from wizard.machine.webserve import LOOPBACK

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware
    from aiohttp.web import Request, StreamResponse

    from wizard.machine.webserve import Gate

_SECONDS_TO_STOP = 10.0
"""Longer than it takes to end a wizard that does not react."""


async def run(command: str, sock: socket.socket, gate: Gate, ready: Callable[[], None]) -> None:
    """Serve a Textual program behind the gate until terminated; `ready` is called once it listens."""
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
    server_logger.addFilter(
        lambda record: not (record.exc_info and isinstance(record.exc_info[1], HttpProcessingError))
    )


def _guard(gate: Gate) -> Middleware:
    @web.middleware
    async def guard(request: Request, handler: Handler) -> StreamResponse:
        # Bytes that are no text are none that this server sent or expects; an answer may repeat the others.
        headers = {name.lower(): value.encode("utf-8", "replace").decode() for name, value in request.headers.items()}
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
