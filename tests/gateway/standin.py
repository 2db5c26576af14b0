"""A backend that notes what reaches it, and answers with headers that a gateway must not pass on."""

from __future__ import annotations

import contextlib
import os
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingMixIn, UnixStreamServer
from typing import Any

NOISE = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Credentials", "true"),
    ("Access-Control-Allow-Methods", "GET, POST, DELETE"),
    ("Access-Control-Allow-Headers", "*"),
    ("Access-Control-Expose-Headers", "*"),
    ("Access-Control-Max-Age", "86400"),
    ("Access-Control-Allow-Private-Network", "true"),
    ("Timing-Allow-Origin", "*"),
    ("Cross-Origin-Resource-Policy", "cross-origin"),
    ("Set-Cookie", "session=backend"),
    ("WWW-Authenticate", "Basic realm=backend"),
    ("X-Powered-By", "backend"),
    ("Cache-Control", "public, max-age=600"),
)


@dataclass(frozen=True)
class Seen:
    """A request as it reached the backend."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass
class StandIn:
    """The backend, on a TCP port or a unix socket."""

    seen: list[Seen] = field(default_factory=list)
    status: int = 200
    server: Any = None
    rest: threading.Event = field(default_factory=threading.Event)
    """Set by a test that has seen the first piece of a streamed answer."""

    def start(self, address: tuple[str, int] | Path) -> None:
        owner = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: object) -> None:
                pass

            def address_string(self) -> str:
                return "stand-in"

            def handle(self) -> None:
                with contextlib.suppress(ConnectionError):
                    super().handle()

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return lambda: owner.answer(self)
                raise AttributeError(name)

        if isinstance(address, Path):
            # The path may be longer than a socket address may be, so it is bound by a name in its own folder.
            address.parent.mkdir(parents=True, exist_ok=True)

            class Unix(ThreadingMixIn, UnixStreamServer):
                daemon_threads = True
                request_queue_size = 64

            short = Path(f"/proc/self/fd/{os.open(address.parent, os.O_RDONLY)}/{address.name}")
            self.server = Unix(str(short), Handler)
            address.chmod(0o666)  # started as root, nginx's worker is another account
        else:
            from http.server import ThreadingHTTPServer

            self.server = ThreadingHTTPServer(address, Handler)
            self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
            self.server = None

    def answer(self, http: BaseHTTPRequestHandler) -> None:
        body = _body(http)
        self.seen.append(Seen(http.command, http.path, tuple(http.headers.items()), body))
        http.send_response_only(self.status)
        for name, value in NOISE:
            http.send_header(name, value)
        if "stream" in http.path:
            self._stream(http)
            return
        text = b'{"answer": 1}'
        http.send_header("Content-Length", str(len(text)))
        http.end_headers()
        if http.command != "HEAD":
            http.wfile.write(text)

    def _stream(self, http: BaseHTTPRequestHandler) -> None:
        """Two pieces, the second when the test has seen the first."""
        http.send_header("Transfer-Encoding", "chunked")
        http.end_headers()
        http.wfile.write(b"5\r\nfirst\r\n")
        http.wfile.flush()
        self.rest.wait(60)
        http.wfile.write(b"6\r\nsecond\r\n0\r\n\r\n")


def _body(http: BaseHTTPRequestHandler) -> bytes:
    if http.headers.get("Transfer-Encoding") == "chunked":
        found = b""
        while size := int(http.rfile.readline().split(b";")[0], 16):
            found += http.rfile.read(size)
            http.rfile.readline()
        http.rfile.readline()
        return found
    return http.rfile.read(int(http.headers.get("Content-Length") or 0))
