"""Requests like the recorded ones, each changed at random in one to three places."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

_METHODS = b"GET POST HEAD PUT DELETE OPTIONS PATCH TRACE CONNECT get POSTS FOO".split()
_TARGETS = (
    b"/v1/models/m:predict", b"/v1/models/m", b"/v1/models/m/metadata", b"/v1/models/m/versions/1:predict", b"/", b"*",
    b"/v1/models/m/labels/stable:predict", b"/v1/models/m/labels/none:predict", b"/v1/models/nope:predict",
    b"/v1/models/m:classify", b"/v1/models/m:regress", b"/v1/models/m/versions/3", b"/monitoring/prometheus/metrics",
    b"http://h/v1/models/m:predict", b"//h/v1/models/m:predict", b"/v1/models/%6d:predict", b"/v1/models/m%00:predict",
    b"/v1/models/m/versions/9223372036854775808", b"/v1/models", b"/V1/Models/m:PREDICT",
)  # fmt: skip
_VERSIONS = (
    b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.10", b"HTTP/1.-1", b"HTTP/ 1.1", b"HTTP/1. 1", b"",
    b"HTTP/+1.1", b"http/1.1", b"HTTP/1.1x", b"HTTP/1", b"HTTP/4294967297.1", b"HTTP/-1.1", b"HTTP/01.01",
)  # fmt: skip
_NAMES = (
    b"Origin Host Content-Type Content-Length Transfer-Encoding Content-Encoding Expect Connection "
    b"Access-Control-Request-Method X-HTTP-Method-Override Authorization Proxy-Connection Range TE Upgrade"
).split()
_COLONS = (b": ", b":", b" : ", b":  ", b":\t")
_VALUES = (
    b"", b"https://app.example", b"null", b"http://", b"xhttps://a", b"HTTP://a", b"chunked", b"Chunked", b"gzip", b"*",
    b"GZIP", b"xgzipx", b"identity", b"gzip, chunked", b"100-continue", b"100-Continue", b"close", b"keep-alive", b"0",
    b"1", b"21", b"+21", b"-1", b" 21", b"21 ", b"21x", b"0x15", b"99999999999999999999", b"\xff\xfe", b"a\0b", b"a\rb",
    b"a\tb", b"application/json", b"text/plain",
)  # fmt: skip
_BODIES = (
    b'{"instances":[[1.0]]}', b'{"instances":[1.0]}', b'{"inputs":[1.0]}', b'{"inputs":{"x":[1.0]}}', b"{}", b"", b"[",
    b'{"examples":[{"x":1.0}]}', b'{"instances":[{"x":1.0}]}', b"null", b'{"signature_name":1,"instances":[1]}',
    b'{"signature_name":"other","instances":[1.0]}', b'{"instances":[1e999]}', b'{"instances":[{"b64":"AA=="}]}',
    b'{"instances":["a"]}', b'{"instances":[true]}', b'{"instances":[null]}', b'{"instances":[[]]}',
    b'{"instances":[]}', b'{"instances":[[[1.0]]]}', b'{"instances":[1],"inputs":[1]}',
    b'{"instances":[1.0],"instances":[2]}', b'{"context":{"x":1},"examples":[{}]}',
)  # fmt: skip
_SIZES = (b"15", b"0", b"5", b"+15", b"-1", b"0x15", b"15;a=b", b" 15 ", b"15 x", b"g", b"", b"ffffffffffffffff")
_ENDS = (b"\r\n", b"", b"x: y\r\n\r\n", b"bad\r\n\r\n")
_BITS = (
    *(bytes([number]) for number in (*range(14), *range(28, 128), 0x85, 0xA0, 0xC3, 0xFF)),
    b"\r\n", b"//", b"..", b"%41", b"%zz", b"null", b"true", b"NaN", b"Infinity", b"-Inf", b"\\u00", b"\xef\xbb\xbf",
    b"/**/", b'"b64"', b'"x"', b'"instances"', b'"inputs"', b'"signature_name"', b"16777217", b"1e400",
    b"9223372036854775808",
)  # fmt: skip


@dataclass
class Parts:
    """A request in pieces, none of which has to make sense."""

    words: list[bytes]
    lines: list[bytes]
    body: bytes

    def whole(self) -> bytes:
        return b"\r\n".join([b" ".join(self.words), *self.lines, b"", b""]) + self.body

    def replace_body(self, body: bytes) -> None:
        """Another body, with its length."""
        self.without(b"content-length").lines.append(b"Content-Length: %d" % len(body))
        self.body = body

    def without(self, name: bytes) -> Parts:
        self.lines = [line for line in self.lines if not line.lower().startswith(name)]
        return self


def _parts(request: bytes) -> Parts:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    return Parts(first.split(b" "), lines, body)


class Mutations:
    """The same requests for the same seed."""

    def __init__(self, requests: list[bytes], seed: int) -> None:
        self._requests = requests
        self._chance = random.Random(seed)

    def change(self, request: bytes) -> bytes:
        for _ in range(self._chance.choice((1, 1, 1, 2, 2, 3))):
            request = self._chance.choice(_CHANGES)(self, request)
        return request

    def _within(self, text: bytes) -> bytes:
        """A piece put in, or in place of a few bytes."""
        at = self._chance.randrange(len(text) + 1)
        return text[:at] + self._chance.choice(_BITS) + text[at + self._chance.randrange(3) :]

    def _first_line(self, request: bytes) -> bytes:
        parts = _parts(request)
        at, known = self._chance.choice(((0, _METHODS), (1, _TARGETS), (-1, _VERSIONS)))
        if -1 <= at < len(parts.words):
            parts.words[at] = self._chance.choice(known)
        return parts.whole()

    def _target(self, request: bytes) -> bytes:
        parts = _parts(request)
        if len(parts.words) > 1:
            parts.words[1] = self._within(parts.words[1])
        return parts.whole()

    def _new_header(self, request: bytes) -> bytes:
        parts, pick = _parts(request), self._chance.choice
        parts.lines.insert(self._chance.randrange(len(parts.lines) + 1), pick(_NAMES) + pick(_COLONS) + pick(_VALUES))
        return parts.whole()

    def _old_header(self, request: bytes) -> bytes:
        parts = _parts(request)
        if parts.lines:
            at = self._chance.randrange(len(parts.lines))
            line = parts.lines.pop(at)
            others: tuple[list[bytes], ...] = (
                [],
                [line, line],
                [line.swapcase()],
                [line + b" "],
                [line, b" folded"],
                [line + b"\0x"],
            )
            parts.lines[at:at] = self._chance.choice(others)
        return parts.whole()

    def _other_body(self, request: bytes) -> bytes:
        parts = _parts(request)
        parts.replace_body(self._chance.choice(_BODIES) if self._chance.random() < 0.5 else self._within(parts.body))
        return parts.whole()

    def _chunks(self, request: bytes) -> bytes:
        parts, pick = _parts(request).without(b"content-length"), self._chance.choice
        body = parts.body or _BODIES[0]
        parts.lines.append(b"Transfer-Encoding: chunked")
        parts.body = pick((b"%x" % len(body), pick(_SIZES))) + b"\r\n" + body + b"\r\n0\r\n" + pick(_ENDS)
        return parts.whole()

    def _from_another(self, request: bytes) -> bytes:
        parts, other = _parts(request), _parts(self._chance.choice(self._requests))
        if self._chance.random() < 0.5:
            parts.words = other.words
        else:
            parts.lines = other.lines
        return parts.whole()

    def _cut(self, request: bytes) -> bytes:
        return request[: self._chance.randrange(len(request) + 1)]


_CHANGES: tuple[Callable[[Mutations, bytes], bytes], ...] = (
    Mutations._first_line, Mutations._first_line, Mutations._target, Mutations._new_header, Mutations._new_header,
    Mutations._old_header, Mutations._other_body, Mutations._other_body, Mutations._chunks, Mutations._from_another,
    Mutations._within, Mutations._cut,
)  # fmt: skip
