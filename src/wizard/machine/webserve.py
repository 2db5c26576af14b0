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
from urllib.parse import parse_qs, urlsplit

from wizard import machine
from wizard.errors import ExitCode, WizardError

LOOPBACK = "127.0.0.1"


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
        run = machine.gated_server.run
    except ImportError as missing:
        raise WizardError(
            "The wizard in a browser needs an optional package",
            f"{missing.name} is not installed",
            "Install it: pip install 'serving-wizard[serve]'",
            ExitCode.ENVIRONMENT,
        ) from None
    asyncio.run(run(command, sock, gate, ready))
