"""How the server's HTTP library, libevent, reads the first request of a connection (http.c, 2.1.12; 2.1.8 as `old`).

Bytes go in; a request comes out, or what the library answers before the server's own code sees anything.
"""

from __future__ import annotations

from dataclasses import dataclass

from wizard.fast_start import regex
from wizard.servers.requests import Request
from wizard.servers.tensorflow_serving.target import connectable, tolerable

WAITS = 0
"""No answer: the library waits for more of the request, without a time limit."""
_SHORTEST_LINE = len("GET / HTTP/1.0")
_WITH_BODY = ("GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT")
"""HEAD, TRACE and words that are not methods have none: what follows them is the next request."""
_WITH_BODY_OLD = ("POST", "PUT", "PATCH")
_VERSION = regex(r"HTTP/[ \t\n\v\f\r]*([+-]?[0-9]+)\.[ \t\n\v\f\r]*([+-]?[0-9]+)")
_LENGTH = regex(r"[ \t\n\v\f\r]*([+-]?[0-9]+)")
_CHUNK = regex(r"[ \t\n\v\f\r]*([+-]?)(?:0[xX](?=[0-9a-fA-F]))?([0-9a-fA-F]+)")
_BARE_RETURN = regex(r"\r(?![\r \t])")
"""A value may hold a carriage return only where a blank follows, as if a line were folded there."""
_INT64_MAX = 2**63 - 1
_MOST_DIGITS = len(str(_INT64_MAX))


_Fields = tuple[tuple[str, str], ...]


class _AnsweredError(Exception):
    """The library itself answers, or waits."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass(slots=True)
class _Reader:
    data: bytes
    at: int = 0

    def line(self) -> str:
        """The next line without its end, as C sees it: up to the first NUL."""
        return self.whole_line().partition("\0")[0]

    def whole_line(self) -> str:
        end = self.data.find(b"\n", self.at)
        if end < 0:
            raise _AnsweredError(WAITS)
        line = self.data[self.at : end].removesuffix(b"\r")
        self.at = end + 1
        return line.decode("latin-1")

    def take(self, size: int) -> bytes:
        if len(self.data) - self.at < size:
            raise _AnsweredError(WAITS)
        self.at += size
        return self.data[self.at - size : self.at]


def receive(data: bytes, old: bool = False) -> Request | int:
    """The first request of a connection, or the status with which the library answers; `WAITS` if it answers
    nothing."""
    reader = _Reader(data)
    try:
        method, target, version = _request_line(reader.whole_line(), old)
        headers = _headers(reader, 400)
        request = Request(method, target, headers, body=b"")
        if method not in (_WITH_BODY_OLD if old else _WITH_BODY):
            return request
        return _with_body(reader, request, version, old)
    except _AnsweredError as answered:
        return answered.status


def _request_line(line: str, old: bool) -> tuple[str, str, tuple[int, int]]:
    if old and line != line.strip(" "):
        raise _AnsweredError(400)
    trimmed = line.rstrip(" ")
    method, blank, rest = trimmed.partition("\0")[0].partition(" ")
    target, gap, version = rest.rpartition(" ")
    found = _VERSION.fullmatch(version)
    if len(trimmed) < _SHORTEST_LINE or not blank or not gap or not target or found is None:
        raise _AnsweredError(400)
    major, minor = (_int32(part) for part in found.groups())
    if major > 1:
        raise _AnsweredError(400)
    if not (connectable if method == "CONNECT" else tolerable)(target):
        raise _AnsweredError(400)
    return method, target, (major, minor)


def _int32(text: str) -> int:
    """A number as C's scanf reads it: the lower half of the 64-bit one."""
    return (_int64(text) + 2**31) % 2**32 - 2**31


def _int64(text: str, base: int = 10) -> int:
    """A number as C's strtoll reads it: the nearest that 64 bits can hold."""
    digits = text.lstrip("+-0") or "0"
    # Text of any length may come; what is longer than the largest number is larger.
    number = int(digits, base) if len(digits) <= _MOST_DIGITS else _INT64_MAX
    return max(-number, -_INT64_MAX - 1) if text.startswith("-") else min(number, _INT64_MAX)


def _headers(reader: _Reader, status: int, before: _Fields = ()) -> _Fields:
    """Header lines up to the empty one, after those `before` them; a broken one is answered with `status`."""
    found = list(before)
    while line := reader.line():
        if line[0] in " \t":
            if not found:
                raise _AnsweredError(status)
            name, value = found[-1]
            more = line.strip(" \t")
            found[-1] = (name, f"{value} {more}")
            continue
        name, colon, value = line.partition(":")
        value = value.lstrip(" ").rstrip(" \t")
        if not colon or "\r" in name or _BARE_RETURN.search(value):
            raise _AnsweredError(status)
        found.append((name.lower(), value))
    return tuple(found)


def _with_body(reader: _Reader, request: Request, version: tuple[int, int], old: bool) -> Request:
    """The same request with its body. Lines after the last chunk become headers like those at the beginning."""
    chunked = (request.header("transfer-encoding") or "").lower() == "chunked"
    length = 0 if chunked else _length(request.header("content-length"))
    if not chunked and not length:
        return request
    expected = request.header("expect")
    if expected is not None and version >= (1, 1):
        if expected.lower() != "100-continue":
            raise _AnsweredError(417)
        if reader.at == len(reader.data):
            raise _AnsweredError(100)
    if old and length >= _INT64_MAX:
        raise _AnsweredError(413)
    body = _chunks(reader, old) if chunked else reader.take(length)
    headers = _headers(reader, 413, request.headers) if chunked else request.headers
    return Request(request.method, request.path, headers, body=body)


def _length(text: str | None) -> int:
    if text is None:
        return 0
    found = _LENGTH.fullmatch(text)
    length = _int64(found[1]) if found else -1
    if length < 0:
        raise _AnsweredError(400)
    return length


def _chunks(reader: _Reader, old: bool) -> bytes:
    parts: list[bytes] = []
    while True:
        line = reader.line()
        if not line:
            continue
        size = _chunk_size(line)
        if old and size >= _INT64_MAX:
            raise _AnsweredError(413)
        if size == 0:
            return b"".join(parts)
        parts.append(reader.take(size))


def _chunk_size(line: str) -> int:
    found = _CHUNK.match(line)
    after = line[found.end() :] if found else line
    if after[:1] not in ("", " "):
        raise _AnsweredError(413)
    size = _int64(found[1] + found[2], 16) if found else 0
    if size < 0:
        raise _AnsweredError(413)
    return size
