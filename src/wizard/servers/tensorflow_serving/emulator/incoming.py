"""One request after another from a connection, as libevent reads them (http.c, 2.1.12; 2.1.8 before release 2.17)."""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass, replace

from . import uri

Headers = tuple[tuple[str, bytes], ...]
_INT64 = 2**63 - 1
_NUMBER = re.compile(rb"[ \t\n\v\f\r]*([+-]?)([0-9]+)")
_HEX = re.compile(rb"[ \t\n\v\f\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)")
_VERSION = re.compile(rb"HTTP/([^.]+)\.(.+)", re.DOTALL)
_SHORTEST = len(b"GET / HTTP/1.0")


@dataclass(frozen=True, slots=True)
class Library:
    """What differs between the two releases of libevent, and the methods that the server lists."""

    old: bool
    methods: tuple[str, ...]

    def reads_body(self, method: str) -> bool:
        """Whether bytes after the headers belong to such a request; otherwise they are the next one."""
        newer = method in ("GET", "DELETE", "OPTIONS", "CONNECT") and not self.old
        return newer or method in ("POST", "PUT", "PATCH")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request as libevent hands it on; `target` is a URI only by its lenient rules."""

    method: str
    target: str
    version: tuple[int, int]
    headers: Headers
    body: bytes

    def header(self, name: str) -> bytes | None:
        """The first header of a name, in any case."""
        return find(self.headers, name)


class RefusedError(Exception):
    """A request that libevent answers itself, with an error page."""

    def __init__(self, status: int, method: str = "", version: tuple[int, int] = (1, 1)) -> None:
        super().__init__(status)
        self.status = status
        self.method = method
        self.version = version


def find(headers: Headers, name: str) -> bytes | None:
    """The first header of a name, in any case; None when absent."""
    return next((value for key, value in headers if key.lower() == name.lower()), None)


class Connection:
    """The receiving side of a connection."""

    def __init__(self, connection: socket.socket, library: Library) -> None:
        self._socket = connection
        self._library = library
        self._buffer = bytearray()

    def read(self) -> Incoming:
        """The next request. Raises RefusedError, and EOFError where the client ends before its request does."""
        method, target, version = self._request_line()
        try:
            headers = self._headers(400)
            if not self._library.reads_body(method):
                return Incoming(method, target, version, headers, b"")
            return self._with_body(Incoming(method, target, version, headers, b""))
        except RefusedError as refused:
            raise RefusedError(refused.status, method, version) from None

    def _request_line(self) -> tuple[str, str, tuple[int, int]]:
        line = self._line()
        if self._library.old and line.strip(b" ") != line:
            raise RefusedError(400)
        line = line.rstrip(b" ")
        words = line.split(b"\0")[0].split(b" ")
        if len(line) < _SHORTEST or len(words) < 3:
            raise RefusedError(400)
        version = _version(words[-1])
        target = b" ".join(words[1:-1]).decode("latin-1")
        method = words[0].decode("latin-1")
        readable = uri.is_host(target) if method == "CONNECT" else uri.parse(target, strict=False) is not None
        if version is None or not target or not readable:
            raise RefusedError(400, method)
        return method, target, version

    def _headers(self, status: int, before: Headers = ()) -> Headers:
        headers = list(before)
        while line := self._line().split(b"\0")[0]:
            if line[:1] in (b" ", b"\t"):
                if not headers:
                    raise RefusedError(status)
                name, value = headers[-1]
                headers[-1] = (name, value + b" " + line.strip(b" \t"))
                continue
            key, colon, value = line.partition(b":")
            value = value.lstrip(b" ").rstrip(b" \t")
            if not colon or b"\r" in key or not _is_value(value):
                raise RefusedError(status)
            headers.append((key.decode("latin-1"), value))
        return tuple(headers)

    def _with_body(self, incoming: Incoming) -> Incoming:
        # Any other encoding is taken for none, and does not clash with a length.
        chunked = (incoming.header("Transfer-Encoding") or b"").lower() == b"chunked"
        size = 0 if chunked else _length(incoming.header("Content-Length"))
        if not chunked and size == 0:
            return incoming
        expectation = incoming.header("Expect")
        if expectation is not None and incoming.version >= (1, 1):
            if expectation.lower() != b"100-continue":
                raise RefusedError(417)
            if not self._buffer:
                self._socket.sendall(b"HTTP/%d.%d 100 Continue\r\n\r\n" % incoming.version)
        body = self._chunks() if chunked else self._exactly(size)
        # What follows the last chunk joins the headers from before it.
        headers = self._headers(413, incoming.headers) if chunked else incoming.headers
        return replace(incoming, headers=headers, body=body)

    def _chunks(self) -> bytes:
        data = bytearray()
        while True:
            line = self._line().split(b"\0")[0]
            if not line:
                continue
            size = _chunk_size(line)
            if size == 0:
                return bytes(data)
            data += self._exactly(size)

    def _exactly(self, size: int) -> bytes:
        if self._library.old and size >= _INT64:
            raise RefusedError(413)
        while len(self._buffer) < size:
            self._receive()
        data = bytes(self._buffer[:size])
        del self._buffer[:size]
        return data

    def _line(self) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            self._receive()
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        return line

    def _receive(self) -> None:
        data = self._socket.recv(1 << 16)
        if not data:
            raise EOFError
        self._buffer += data


def _is_value(text: bytes) -> bool:
    """A carriage return must be followed by a blank, like the end of a line that goes on in the next one."""
    _, *after = text.split(b"\r")
    return all(part[:1] in (b"", b" ", b"\t") for part in after) and after[-1:] != [b""]


def _version(word: bytes) -> tuple[int, int] | None:
    parts = _VERSION.fullmatch(word)
    numbers = [_NUMBER.fullmatch(part) for part in parts.groups()] if parts else []
    found = [_wrapped(_number(number, 10)) for number in numbers if number]
    return (found[0], found[1]) if len(found) == 2 and found[0] <= 1 else None


def _wrapped(number: int) -> int:
    number &= 0xFFFFFFFF
    return number - (1 << 32) if number >> 31 else number


def _number(match: re.Match[bytes], base: int) -> int:
    """The value of a number, held within 64 bits as strtoll does."""
    digits = match[2].lstrip(b"0") or b"0"
    value = int(digits, base) if len(digits) < 20 else _INT64 + 1
    return -min(value, _INT64 + 1) if match[1] == b"-" else min(value, _INT64)


def _length(text: bytes | None) -> int:
    if text is None:
        return 0
    match = _NUMBER.fullmatch(text)
    if match is None or _number(match, 10) < 0:
        raise RefusedError(400)
    return _number(match, 10)


def _chunk_size(line: bytes) -> int:
    match = _HEX.match(line)
    rest = line[match.end() :] if match else line
    size = _number(match, 16) if match else 0
    if (rest and not rest.startswith(b" ")) or size < 0:
        raise RefusedError(413)
    return size
