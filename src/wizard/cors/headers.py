"""Header lists as the Fetch standard reads them."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.fast_start import regex

Headers = tuple[tuple[str, str], ...]

_TOKEN = regex(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# fmt: off
_FORBIDDEN = frozenset({
    "accept-charset", "accept-encoding", "access-control-request-headers", "access-control-request-method",
    "connection", "content-length", "cookie", "cookie2", "date", "dnt", "expect", "host", "keep-alive", "origin",
    "referer", "set-cookie", "te", "trailer", "transfer-encoding", "upgrade", "via",
})
# fmt: on
_METHOD_OVERRIDE = frozenset({"x-http-method", "x-http-method-override", "x-method-override"})
_FORBIDDEN_METHODS = frozenset({"CONNECT", "TRACE", "TRACK"})
BODY_HEADERS = frozenset({"content-encoding", "content-language", "content-location", "content-type"})
"""Dropped when a redirect turns the request into a GET."""


def is_token(text: str) -> bool:
    """Whether the text is an HTTP token: a valid method or header name."""
    return _TOKEN.fullmatch(text) is not None


def is_valid_value(value: str) -> bool:
    """Whether a script may set this value: Latin-1 without NUL, CR or LF inside (both ends are trimmed)."""
    trimmed = value.strip(" \t\r\n")
    return not set(trimmed) & {"\0", "\r", "\n"} and (trimmed.isascii() or all(ord(char) < 256 for char in trimmed))


def is_forbidden_method(method: str) -> bool:
    """CONNECT, TRACE and TRACK in upper or lower case: browsers refuse them."""
    return method.upper() in _FORBIDDEN_METHODS


def is_forbidden_header(name: str, value: str) -> bool:
    """Request headers that scripts cannot set; browsers silently drop them."""
    low = name.lower()
    if low in _METHOD_OVERRIDE:
        return any(is_forbidden_method(part.strip(" \t")) for part in value.split(","))
    return low in _FORBIDDEN or low.startswith(("proxy-", "sec-"))


def get(headers: Iterable[tuple[str, str]], name: str) -> str | None:
    """All values of a name, joined by ", " like the standard's "get"; None if there is none."""
    values = [value.strip(" \t\r\n") for key, value in headers if key.lower() == name]
    return ", ".join(values) if values else None


def get_tokens(headers: Iterable[tuple[str, str]], name: str) -> list[str] | None:
    """The values of a list header; [] if absent, None if a line of it cannot be parsed."""
    found: list[str] = []
    for key, value in headers:
        if key.lower() != name:
            continue
        parts = [part.strip(" \t") for part in value.strip(" \t\r\n").split(",")]
        if not all(is_token(part) for part in parts if part):
            return None
        found += [part for part in parts if part]
    return found
