"""An HTTP/1 server with the manners of libevent 2.1.12's evhttp, as the server sets it up (evhttp_server.cc).

Measured byte by byte against a small program that makes the same libevent calls: header order, when the connection
closes, the HTML error pages, and that an answer to HEAD carries a body.
"""

from __future__ import annotations

import re
import socket
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate

from . import log

_WHERE = "util/net_http/server/internal/evhttp_server.cc"
_METHODS = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH")
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    417: "Expectation Failed",
    500: "Internal Server Error",
    501: "Not Implemented",
    503: "Service Unavailable",
    504: "Gateway Time-out",
}
_URI = re.compile(
    r"(?:(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):)?(?://(?P<host>[^/?#]*))?(?P<path>[^?#]*)"
    r"(?P<query>\?[^#]*)?(?P<fragment>#.*)?"
)
_URI_TEXT = re.compile(r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@/?#\[\]]|%[0-9A-Fa-f]{2})*")
_MAX_UNPACKED = 100 << 20  # gzip_zlib.h:100
_IDLE_SECONDS = 50.0


@dataclass(frozen=True, slots=True)
class Request:
    """One request; `full_path` is the path with its query and fragment, undecoded (Latin-1)."""

    method: str
    path: str
    full_path: str
    headers: tuple[tuple[str, bytes], ...]
    body: bytes

    def header(self, name: str) -> bytes:
        """Return the first header of that name, empty when absent."""
        return _find(self.headers, name) or b""


@dataclass(frozen=True, slots=True)
class Response:
    """Status, headers in order, and body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class _RefusedError(Exception):
    """A request that libevent answers itself, with an error page."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


Handler = Callable[[Request], Response | None]


def listen(port: int) -> socket.socket:
    """Bind `::` (IPv4 too), or any IPv4 address if that fails; raises OSError. The port is cut to 16 bits."""
    port &= 0xFFFF
    try:
        return _listen(socket.AF_INET6, "::", port)
    except OSError:
        return _listen(socket.AF_INET, "", port)


def _listen(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise
    return listener


def serve(listener: socket.socket, handler: Handler) -> None:
    """Accept connections for ever in a thread, each served by a thread of its own."""

    def accept() -> None:
        log.info(f"{_WHERE}:250", "NET_LOG: Entering the event loop ...")
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                continue
            threading.Thread(target=_Connection(connection, handler).run, daemon=True).start()

    threading.Thread(target=accept, name="evhttp", daemon=True).start()


class _Connection:
    def __init__(self, connection: socket.socket, handler: Handler) -> None:
        self._socket = connection
        self._handler = handler
        self._input = connection.makefile("rb")

    def run(self) -> None:
        try:
            self._socket.settimeout(_IDLE_SECONDS)
            while self._one():
                pass
        except (OSError, EOFError):
            pass  # the client went away
        except Exception as problem:  # nothing a client sends may end in a traceback
            log.emulator(f"request failed inside the emulator: {problem!r}", "E")
        finally:
            self._socket.close()

    def _one(self) -> bool:
        """Serve one request; tell whether the connection stays open."""
        try:
            line = self._line()
            method, uri, minor = _request_line(line)
        except _RefusedError as refused:
            return self._error(refused.status, 1, "")
        try:
            headers = self._headers()
            body = self._body(headers, minor)
            if method not in _METHODS:
                raise _RefusedError(501)
            response, proxied = self._answer(method, uri, headers, body)
        except _RefusedError as refused:
            return self._error(refused.status, minor, method)
        keep = _keeps_open(headers, minor)
        self._send(response, minor, method, headers, keep)
        return keep and not proxied

    def _answer(
        self, method: str, uri: str, headers: tuple[tuple[str, bytes], ...], body: bytes
    ) -> tuple[Response, bool]:
        match = _URI.fullmatch(uri)
        if match is None or not _URI_TEXT.fullmatch(uri):
            raise _RefusedError(400)
        full_path = match["path"] + (match["query"] or "") + (match["fragment"] or "")
        if body and b"gzip" in (_find(headers, "Content-Encoding") or b""):
            body = _unpack(body)
        response = self._handler(Request(method, match["path"], full_path, headers, body))
        if response is None:
            raise _RefusedError(404)
        return response, match["scheme"] is not None and match["host"] is not None

    def _line(self) -> bytes:
        line = self._input.readline(1 << 20)
        if not line.endswith(b"\n"):
            raise EOFError
        return line.rstrip(b"\n").removesuffix(b"\r")

    def _headers(self) -> tuple[tuple[str, bytes], ...]:
        headers: list[tuple[str, bytes]] = []
        while line := self._line():
            if line[:1] in (b" ", b"\t") and headers:
                name, value = headers[-1]
                headers[-1] = (name, value + b" " + line.strip(b" \t"))
                continue
            raw, colon, value = line.partition(b":")
            if not colon:
                raise _RefusedError(400)
            headers.append((raw.decode("latin-1"), value.strip(b" \t")))
        return tuple(headers)

    def _body(self, headers: tuple[tuple[str, bytes], ...], minor: int) -> bytes:
        length = _find(headers, "Content-Length")
        encoding = _find(headers, "Transfer-Encoding")
        if encoding is not None and (encoding.lower() != b"chunked" or length is not None):
            raise _RefusedError(400)
        if length is not None and not re.fullmatch(rb"[0-9]{1,18}", length):
            raise _RefusedError(400)
        expectation = _find(headers, "Expect")
        if expectation is not None and minor >= 1 and (length or encoding):
            if expectation.lower() != b"100-continue":
                raise _RefusedError(417)
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if encoding is not None:
            return self._chunks()
        return self._exactly(int(length)) if length else b""

    def _exactly(self, size: int) -> bytes:
        data = bytearray()
        while len(data) < size:
            # In pieces, so that a claimed length costs nothing until the bytes are really sent.
            piece = self._input.read(min(size - len(data), 1 << 20))
            if not piece:
                raise EOFError
            data += piece
        return bytes(data)

    def _chunks(self) -> bytes:
        data = bytearray()
        while True:
            line = self._line()
            if not line:
                continue
            match = re.match(rb"[0-9a-fA-F]+", line)
            if match is None:
                raise _RefusedError(413)
            size = int(match[0], 16)
            if size == 0:
                while self._line():
                    pass
                return bytes(data)
            data += self._exactly(size)

    def _error(self, status: int, minor: int, method: str) -> bool:
        reason = _REASONS[status]
        page = f"<HTML><HEAD>\n<TITLE>{status} {reason}</TITLE>\n</HEAD><BODY>\n<H1>{reason}</H1>\n</BODY></HTML>\n"
        headers = (("Content-Type", "text/html"), ("Connection", "close"))
        self._send(Response(status, headers, page.encode()), minor, method, (), False)
        # Unread input would make the kernel reset the connection before the client has read the page.
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(1.0)
        for _ in range(64):
            if not self._socket.recv(1 << 16):
                break
        return False

    def _send(
        self,
        response: Response,
        minor: int,
        method: str,
        request_headers: tuple[tuple[str, bytes], ...],
        keep: bool,
    ) -> None:
        reason = _REASONS.get(response.status, "Client Error" if response.status < 500 else "Server Error")
        lines = [f"HTTP/1.{minor} {response.status} {reason}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        if minor >= 1:
            lines.append(f"Date: {formatdate(usegmt=True)}")
        elif keep:
            lines.append("Connection: keep-alive")
        if method not in ("HEAD", "CONNECT"):
            if minor >= 1 or keep:
                lines.append(f"Content-Length: {len(response.body)}")
            if not any(name == "Content-Type" for name, _ in response.headers):
                lines.append("Content-Type: text/html; charset=ISO-8859-1")
        if _asks_to_close(request_headers):
            lines.append("Connection: close")
        head = "\r\n".join(lines) + "\r\n\r\n"
        self._socket.sendall(head.encode("latin-1") + response.body)


def _request_line(line: bytes) -> tuple[str, str, int]:
    parts = line.decode("latin-1").rstrip(" ").split(" ", 1)
    if len(parts) != 2 or " " not in parts[1]:
        raise _RefusedError(400)
    uri, version = parts[1].rsplit(" ", 1)
    match = re.fullmatch(r"HTTP/1\.([0-9])", version)
    if match is None:
        raise _RefusedError(400)
    if parts[0] in _METHODS and (" " in uri or not _URI_TEXT.fullmatch(uri)):
        raise _RefusedError(400)
    return parts[0], uri, int(match[1])


def _find(headers: tuple[tuple[str, bytes], ...], name: str) -> bytes | None:
    for key, value in headers:
        if key.lower() == name.lower():
            return value
    return None


def _asks_to_close(headers: tuple[tuple[str, bytes], ...]) -> bool:
    return (_find(headers, "Connection") or b"").lower() == b"close"


def _keeps_open(headers: tuple[tuple[str, bytes], ...], minor: int) -> bool:
    if minor == 0:
        return (_find(headers, "Connection") or b"").lower().startswith(b"keep-alive")
    return not _asks_to_close(headers)


def _unpack(body: bytes) -> bytes:
    """Unpack a gzip body; a broken or too large one becomes an empty body, as in the real server."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(body, _MAX_UNPACKED)
    except zlib.error:
        data = b""
    if not unpacker.eof:
        log.error("util/net_http/server/internal/evhttp_request.cc", "NET_LOG: Failed to uncompress the gzipped body")
        return b""
    return data
