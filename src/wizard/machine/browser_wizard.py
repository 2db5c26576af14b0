"""The wizard behind the web page: one at a time, of limited size, which ends with its connection and with the server.

textual-serve asks a wizard to end, and waits as long as it takes; here it is forced to end.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from aiohttp import WSMsgType, web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from wizard.fast_start import regex

COLUMNS, ROWS = range(20, 1001), range(5, 401)
"""Limits for the size of a terminal; a size beyond them is changed to the nearest one."""
LARGEST_MESSAGE = 1 << 20
"""Bytes; the largest text that can be pasted."""
_SECONDS = ((None, 2.0), (signal.SIGTERM, 3.0), (getattr(signal, "SIGKILL", signal.SIGTERM), 2.0))
"""How a wizard is told to end, and how long to wait before the next, stronger way: its own protocol comes first."""
_SECONDS_TO_CLOSE = 1.0
_HEAD = (
    # A name for the tab, and the keys for the terminal as soon as it is there and whenever the tab is shown again.
    "<title>Serving Wizard</title><script>"
    "const toKeys = () => document.querySelector('.xterm-helper-textarea')?.focus();"
    "const made = new MutationObserver(() => { toKeys(); if (document.activeElement?.matches('textarea')) "
    "made.disconnect(); }); made.observe(document, {childList: true, subtree: true}); "
    "addEventListener('focus', toKeys);"
    "</script>"
    '<style>@font-face { font-family: "Roboto Mono"; '
    'src: url("/static/fonts/RobotoMono-VariableFont_wght.ttf"); }</style>'
)
_LOADED = regex(r'<(?:link|script|img)\b[^>]*(?:href|src)="([^"]*)"[^>]*>(?:\s*</script>)?')
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    """Linux: the kernel ends the wizard if this server is killed and can no longer do so."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class Wizard(AppService):
    """One running wizard."""

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        """In its own session, so that Ctrl-C in the server's terminal does not reach it before its page is told."""
        self._process = process = await asyncio.create_subprocess_shell(
            self.command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            env=self._build_environment(width=width, height=height),
            start_new_session=True,
            preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        )
        self._stdin = process.stdin
        return process

    async def run(self) -> None:
        """Wait until it ends by itself; then its page is told."""
        await super().run()
        await self.remote_close()

    async def on_data(self, payload: bytes) -> None:
        """Its output. Without a page it is discarded, but it is read so that the wizard does not block."""
        with suppress(ConnectionError):
            await super().on_data(payload)

    async def end(self) -> None:
        """Ask it to end, then force it."""
        process, task = self._process, self._task
        if process is None:
            return
        for word, seconds in _SECONDS:
            with suppress(TimeoutError, ProcessLookupError, ConnectionError):
                if word is None:
                    await asyncio.wait_for(self.send_meta({"type": "quit"}), seconds)
                else:
                    os.killpg(process.pid, word) if hasattr(os, "killpg") else process.send_signal(word)
            with suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(process.wait()), seconds)
                break
        if task is not None:
            task.cancel()
            await asyncio.wait([task], timeout=_SECONDS_TO_CLOSE)


class OneWizard(Server):
    """A server for one wizard: a page that connects takes over from the previous one."""

    def __init__(self, command: str, host: str, port: int, title: str, public_url: str) -> None:
        super().__init__(command, host, port, title, public_url)
        self._newest: web.WebSocketResponse | None = None
        self._turn = asyncio.Lock()

    async def on_startup(self, app: web.Application) -> None:
        """Without the banner."""

    async def on_shutdown(self, app: web.Application) -> None:
        """End the wizard before the server."""
        newest, self._newest = self._newest, None
        if newest is not None:
            await newest.close()
        async with self._turn:
            pass

    async def handle_index(self, request: web.Request) -> web.Response:
        """The page, with nothing in it that a browser would fetch from elsewhere."""
        page: Any = await super().handle_index(request)
        own = ("", urlsplit(self.public_url).netloc)
        kept = _LOADED.sub(lambda found: found[0] if urlsplit(found[1]).netloc in own else "", page.text)
        page.text = kept.replace("</head>", f"{_HEAD}</head>", 1)
        response: web.Response = page
        return response

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """A new page: the previous page's wizard is ended first. If many pages come at once, the last one stays."""
        websocket = web.WebSocketResponse(heartbeat=15, timeout=_SECONDS_TO_CLOSE, max_msg_size=LARGEST_MESSAGE)
        await websocket.prepare(request)
        before, self._newest = self._newest, websocket
        if before is not None:
            await before.close()
        async with self._turn:
            if self._newest is websocket:
                await self._wizard(websocket, request)
        await websocket.close()
        return websocket

    async def _wizard(self, websocket: web.WebSocketResponse, request: web.Request) -> None:
        async def close() -> None:
            await websocket.close()

        wizard = Wizard(
            self.command,
            write_bytes=websocket.send_bytes,
            write_str=websocket.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        try:
            await wizard.start(*size(request.query.get("width", ""), request.query.get("height", "")))
            await self._process_messages(websocket, wizard)
        finally:
            await wizard.end()

    async def _process_messages(self, websocket: web.WebSocketResponse, app_service: AppService) -> None:
        """What a page sends; messages that make no sense are dropped."""
        async for message in websocket:
            if message.type == WSMsgType.TEXT:
                with suppress(ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
                    await _obey(message.json(), websocket, app_service)


async def _obey(envelope: Any, websocket: web.WebSocketResponse, wizard: AppService) -> None:
    match envelope:
        case ["stdin", str(text)]:
            await wizard.send_bytes(text.encode("utf-8", "replace"))
        case ["resize", {"width": int(width), "height": int(height)}]:
            await wizard.set_terminal_size(*size(str(width), str(height)))
        case ["ping", data]:
            await websocket.send_json(["pong", data])
        case ["blur", *_]:
            await wizard.blur()
        case ["focus", *_]:
            await wizard.focus()


def size(width: str, height: str) -> tuple[int, int]:
    """The nearest possible terminal size to the requested one; 80 x 24 if it is not a number."""
    columns, rows = to_int(width, 80), to_int(height, 24)
    return min(max(columns, COLUMNS[0]), COLUMNS[-1]), min(max(rows, ROWS[0]), ROWS[-1])
