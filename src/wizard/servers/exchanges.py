"""Recorded requests to servers, as JSON: read, and answered from the servers' own predictions.

One exchange is `{"id", "server", "version", "flags", "env", "files", "api", "request"}`. `files` holds the text of
configuration files by the names that the flags use; `api` is which of the server's APIs was asked (the first one when
it is missing). `request` is `{"method", "path", "headers", "body", "token", "raw"}`: headers as an object or as pairs,
with null for a line that clients send unasked and this one left out; `token` whether the one presented is `right` or
`wrong`; `raw` the bytes that were sent where they were written by hand.
Only `server` and `request` must be there; keys that are not named here are left alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard import registry
from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.servers.requests import Request

_CUT = regex(r"\.\.\. \([0-9]+ bytes\)\Z")
"""How a recorder marks a request that it did not store completely."""
_WRONG_TOKEN = "wrong-token"


@dataclass(frozen=True, slots=True)
class RecordedExchange:
    """A request as it was sent to a running server."""

    server: str
    version: str
    request: Request
    raw: bytes | None = None
    """The bytes of the request if they were written by hand; `request` is then empty."""
    api: str = ""
    flags: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    left_out: frozenset[str] = frozenset()
    """Headers, in lower case, that clients usually send by themselves but this one did not."""


def answer_all(text: str) -> Iterator[dict[str, Any]]:
    """What each server would answer, in the shape that `cors --exchanges` prints.

    `status` is null if no answer ever comes. Raises WizardError if it is not a list of exchanges.
    """
    for place, item in enumerate(_list(text)):
        exchange = read(item, place)
        found = registry.adapter(exchange.server).replay(exchange)
        shown = {k: v for k, v in found.headers if k == "vary" or k.startswith("access-control-")}
        yield {"id": item.get("id"), "status": found.status or None, "headers": shown, "ran": found.ran}


def _list(text: str) -> list[Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise WizardError("The exchanges are not JSON.", str(error), "A list of objects is expected.") from None
    if not isinstance(found, list):
        raise WizardError("There are no exchanges.", "The file holds no list.", "A list of objects is expected.")
    return found


def read(item: Any, place: int = 0) -> RecordedExchange:
    """One exchange; `place` names it in errors when it has no id. Raises WizardError for a malformed one."""
    reader = _Reader(f"number {place + 1}")
    fields = reader.mapping(item, "the exchange")
    reader.name = str(fields.get("id", reader.name))
    server = reader.text(fields, "server")
    if server not in registry.names():
        raise reader.bad(f"server: {server!r} is not one of {' or '.join(registry.names())}")
    request = reader.mapping(fields.get("request"), "request")
    return RecordedExchange(
        server=server,
        version=reader.text(fields, "version", registry.adapter(server).versions[0]),
        request=reader.request(request),
        raw=_restored(reader.text(request, "raw")) if request.get("raw") is not None else None,
        api=reader.text(fields, "api", ""),
        flags=tuple(map(reader.word, reader.items(fields.get("flags") or [], "flags"))),
        env=reader.texts(fields.get("env") or {}, "env"),
        files=reader.texts(fields.get("files") or {}, "files"),
        left_out=frozenset(name for name, value in reader.pairs(request) if value is None),
    )


class _Reader:
    """Reads the parts of one exchange, and names the exchange in every error."""

    def __init__(self, name: str) -> None:
        self.name = name

    def bad(self, what: str) -> WizardError:
        return WizardError(f"Exchange {self.name} is malformed.", what)

    def mapping(self, value: Any, what: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self.bad(f"{what} is no object")
        return value

    def items(self, value: Any, what: str) -> list[Any]:
        if not isinstance(value, list):
            raise self.bad(f"{what} is no list")
        return value

    def word(self, value: Any) -> str:
        if not isinstance(value, str):
            raise self.bad(f"{value!r} is no text")
        return value

    def text(self, fields: Mapping[str, Any], key: str, default: str | None = None) -> str:
        value = fields.get(key, default)
        if not isinstance(value, str):
            raise self.bad(f"{key} is missing" if key not in fields else f"{key} is no text")
        return value

    def texts(self, value: Any, what: str) -> dict[str, str]:
        return {key: self.word(each) for key, each in self.mapping(value, what).items()}

    def request(self, fields: Mapping[str, Any]) -> Request:
        headers = tuple((name, self.word(value)) for name, value in self.pairs(fields) if value is not None)
        body = None if fields.get("body") is None else _bytes(self.text(fields, "body"))
        presented = next((value for name, value in headers if name == "authorization"), "")
        guess = "none" if not presented else "wrong" if presented.endswith(_WRONG_TOKEN) else "right"
        token = self.text(fields, "token", guess)
        if token not in ("none", "right", "wrong"):
            raise self.bad(f"token: {token!r} is not one of none, right or wrong")
        return Request(self.text(fields, "method"), self.text(fields, "path"), headers, token, body)  # type: ignore[arg-type]

    def pairs(self, fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """The names of the headers in lower case, with the recorded values."""
        value = fields.get("headers") or ()
        for pair in value.items() if isinstance(value, dict) else self.items(list(value), "headers"):
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise self.bad("headers are no object and no list of pairs")
            yield self.word(pair[0]).lower(), pair[1]


def _bytes(text: str) -> bytes:
    """Text of a recording as bytes: each character is one byte if possible."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def _restored(text: str) -> bytes:
    """The bytes of a request; one that the recorder cut off is ended where it was cut.

    A long last header is left out; a long target is followed by the version.
    """
    kept, cut = _CUT.subn("", text)
    if not cut:
        return _bytes(text)
    head, line_end, _ = kept.rpartition("\r\n")
    return _bytes(f"{head}\r\n\r\n" if line_end else f"{kept} HTTP/1.1\r\n\r\n")
