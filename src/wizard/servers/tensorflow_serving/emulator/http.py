"""The HTTP server: net_http over libevent's evhttp (evhttp_server.cc, evhttp_request.cc, http.c).

Header order, error pages, when a connection closes and that an answer to HEAD carries a body are as measured on both.
"""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from . import log, uri
from .incoming import Connection, Headers, Incoming, Library, RefusedError, find

_WHERE = "util/net_http/server/internal/evhttp_server.cc"
_METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    417: "Expectation Failed",
    500: "Internal Server Error",
    501: "Not Implemented",
}
_MAX_UNPACKED = 100 << 20  # gzip_zlib.h:100


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One request; `full_path` is the path with its query and fragment, undecoded (Latin-1)."""

    method: str
    path: str
    full_path: str
    headers: Headers
    body: bytes

    def header(self, name: str) -> bytes:
        """Return the first header of that name, empty when absent."""
        return find(self.headers, name) or b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """Status, headers in order, and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


Handler = Callable[[HttpRequest], HttpResponse | None]


@dataclass(frozen=True, slots=True)
class Server:
    """What every connection needs."""

    handler: Handler
    library: Library
    workers: threading.Semaphore
    """The event loop takes one thread of the pool for itself: with only one thread, nothing is ever handled."""


def listen(port: int) -> socket.socket:
    """Bind `::`, or any address if that fails; raises OSError. The port is cut to 16 bits.

    `::` is resolved with AI_ADDRCONFIG, which refuses IPv6 on a machine whose only IPv6 address is ::1 while it has an
    IPv4 one: in Docker's default network the port is IPv4 only.
    """
    port &= 0xFFFF
    try:
        return _listen("::", port)
    except OSError:
        return _listen(None, port)


def _listen(host: str | None, port: int) -> socket.socket:
    flags = socket.AI_PASSIVE | socket.AI_ADDRCONFIG
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=flags)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def serve(listener: socket.socket, handler: Handler, threads: int, release: tuple[int, ...]) -> None:
    """Accept connections in a thread until the listener is closed, each served by a thread of its own."""
    methods = _METHODS if release < (2, 6) else (*_METHODS, "PATCH")
    library = Library(old=release < (2, 17), methods=methods)
    server = Server(handler, library, threading.Semaphore(threads - 1))

    def accept() -> None:
        log.info(f"{_WHERE}:250", "NET_LOG: Entering the event loop ...")
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                if listener.fileno() < 0:
                    return  # closed by who opened it
                continue
            threading.Thread(target=_Served(connection, server).run, daemon=True).start()

    threading.Thread(target=accept, name="evhttp", daemon=True).start()


class _Served:
    """One connection; nothing closes it for being idle."""

    def __init__(self, connection: socket.socket, server: Server) -> None:
        self._socket = connection
        self._server = server
        self._input = Connection(connection, server.library)

    def run(self) -> None:
        try:
            while self._one():
                pass
        except (OSError, EOFError):
            pass  # the client went away
        except Exception as problem:  # nothing a client sends may end in a traceback
            log.emulator(f"request failed inside the emulator: {problem!r}", "E")
        finally:
            self._socket.close()

    def _one(self) -> bool:
        """Serve one request; returns whether the connection stays open."""
        try:
            incoming = self._input.read()
        except RefusedError as refused:
            return self._page(refused.status, Incoming(refused.method, "", refused.version, (), b""))
        if incoming.method not in self._server.library.methods:
            return self._page(501, incoming)
        found = uri.parse(incoming.target)
        if found is None:
            return self._page(400, incoming)
        with self._server.workers:
            response = self._server.handler(_request(incoming, found))
        if response is None:
            return self._page(404, incoming)
        self._send(response, incoming)
        return _stays_open(incoming)

    def _page(self, status: int, incoming: Incoming) -> bool:
        """Send an error page and close; after a CONNECT the connection stays open all the same."""
        reason = _REASONS[status]
        page = f"<HTML><HEAD>\n<TITLE>{status} {reason}</TITLE>\n</HEAD><BODY>\n<H1>{reason}</H1>\n</BODY></HTML>\n"
        major, minor = incoming.version
        # A version with a 0 in it becomes 1.1 here.
        version = (1, 1) if not (major and minor) else incoming.version
        answered = Incoming(incoming.method, incoming.target, version, incoming.headers, b"")
        headers = (("Content-Type", "text/html"), ("Connection", "close"))
        self._send(HttpResponse(status, headers, page.encode()), answered)
        if incoming.method == "CONNECT" and status == 501:
            return True
        # Unread input would make the kernel reset the connection before the client has read the page.
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(1.0)
        for _ in range(64):
            if not self._socket.recv(1 << 16):
                break
        return False

    def _send(self, response: HttpResponse, incoming: Incoming) -> None:
        (major, minor), asked = incoming.version, (incoming.header("Connection") or b"").lower()
        keep = asked.startswith(b"keep-alive")
        needs_body = incoming.method not in ("HEAD", "CONNECT")
        headers = list(response.headers)
        if major == 1 and minor >= 1:
            headers.append(("Date", formatdate(usegmt=True)))
        if major == 1 and minor == 0 and keep:
            headers.append(("Connection", "keep-alive"))
        if major == 1 and needs_body and (minor >= 1 or keep):
            headers.append(("Content-Length", str(len(response.body))))
        if needs_body and not any(name == "Content-Type" for name, _ in headers):
            headers.append(("Content-Type", "text/html; charset=ISO-8859-1"))
        if _asks_to_close(incoming):
            headers = [header for header in headers if header[0] != "Connection"]
            headers += [] if _is_proxied(incoming) else [("Connection", "close")]
        reason = _REASONS.get(response.status, "Client Error" if response.status < 500 else "Server Error")
        lines = [f"HTTP/{major}.{minor} {response.status} {reason}", *(f"{name}: {value}" for name, value in headers)]
        self._socket.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + response.body)


def _request(incoming: Incoming, found: uri.Uri) -> HttpRequest:
    body = incoming.body
    if body and b"gzip" in (incoming.header("Content-Encoding") or b""):
        body = _unpack(body)
    return HttpRequest(incoming.method, found.path, found.path_and_rest, incoming.headers, body)


def _is_proxied(incoming: Incoming) -> bool:
    """Whether the target names an http host, which libevent takes for a request to a proxy."""
    found = uri.parse(incoming.target, strict=False)
    return found is not None and found.scheme.lower() in ("http", "https") and found.host is not None


def _asks_to_close(incoming: Incoming) -> bool:
    if _is_proxied(incoming):
        return (incoming.header("Proxy-Connection") or b"").lower() != b"keep-alive"
    return (incoming.header("Connection") or b"").lower() == b"close"


def _stays_open(incoming: Incoming) -> bool:
    keep = (incoming.header("Connection") or b"").lower().startswith(b"keep-alive")
    if _is_proxied(incoming) or (incoming.version < (1, 1) and not keep):
        return False
    return not _asks_to_close(incoming)


def _unpack(body: bytes) -> bytes:
    """Unpack a gzip body; a broken, too large or too long one becomes an empty body, as in the real server."""
    unpacker = zlib.decompressobj(wbits=31)
    data = b""
    if int.from_bytes(body[-4:], "little") <= _MAX_UNPACKED:
        try:
            data = unpacker.decompress(body, _MAX_UNPACKED + 1)
        except zlib.error:
            data = b""
    if not unpacker.eof or unpacker.unused_data:
        log.error("util/net_http/server/internal/evhttp_request.cc", "NET_LOG: Failed to uncompress the gzipped body")
        return b""
    return data
