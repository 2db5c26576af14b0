"""Which requests a page may send to another origin without asking first (the CORS safelists)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wizard.cors.headers import is_token
from wizard.fast_start import regex

SAFE_METHODS = frozenset({"GET", "HEAD", "POST"})
VALUE_LIMIT = 128
"""Maximum bytes of one safelisted header value."""
TOTAL_LIMIT = 1024
"""Maximum bytes of all safelisted header values of a request together."""

_UNSAFE_BYTE = regex(r"[\x00-\x08\x0a-\x1f\"():<>?@\[\\\]{}\x7f]")
_LANGUAGE = regex(r"[0-9A-Za-z *,\-.;=]*")
_RANGE = regex(r"bytes=([0-9]+)-([0-9]*)")
_SIMPLE_TYPES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
_WHOLE, _DECIMAL = regex(r"[0-9]+"), regex(r"[0-9]+(?:\.[0-9]+)?")
_HINTS = {
    "device-memory": _DECIMAL,
    "downlink": _DECIMAL,
    "dpr": _DECIMAL,
    "ect": regex("slow-2g|2g|3g|4g"),
    "intervention": regex(r".*", re.DOTALL),
    "rtt": _WHOLE,
    "save-data": regex("on", re.IGNORECASE),
    "viewport-width": _WHOLE,
    "width": _WHOLE,
}
CLIENT_HINTS = frozenset(_HINTS)
_NO_CORS_NAMES = frozenset({"accept", "accept-language", "content-language", "content-type"})


def essence(content_type: str) -> str | None:
    """`type/subtype` in lower case; None if the value is not a MIME type."""
    kind, slash, rest = content_type.strip(" \t\r\n").partition("/")
    subtype = rest.partition(";")[0].rstrip(" \t\r\n")
    return f"{kind}/{subtype}".lower() if slash and is_token(kind) and is_token(subtype) else None


def is_safelisted(name: str, value: str) -> bool:
    """Whether a single request header needs no preflight."""
    low = name.lower()
    if len(value) > VALUE_LIMIT:  # values are Latin-1: one character is one byte
        return False
    if low == "accept":
        return _UNSAFE_BYTE.search(value) is None
    if low in ("accept-language", "content-language"):
        return _LANGUAGE.fullmatch(value) is not None
    if low == "content-type":
        return _UNSAFE_BYTE.search(value) is None and essence(value) in _SIMPLE_TYPES
    if low == "range":
        match = _RANGE.fullmatch(value)
        return match is not None and (not match.group(2) or int(match.group(1)) <= int(match.group(2)))
    return False


def is_client_hint(name: str, value: str) -> bool:
    """Whether Chromium treats this header as a harmless client hint (measured with version 156)."""
    pattern = _HINTS.get(name.lower())
    return pattern is not None and len(value) <= VALUE_LIMIT and pattern.fullmatch(value) is not None


def is_no_cors_safelisted(name: str, value: str) -> bool:
    """Whether a no-cors request keeps this header; all others are removed from it."""
    return name.lower() in _NO_CORS_NAMES and is_safelisted(name, value)


def unsafe_names(headers: Iterable[tuple[str, str]], client_hints: bool = False) -> tuple[str, ...]:
    """Lower-case, sorted names of the headers that a preflight must ask for.

    `client_hints`: whether Chromium's client hints count as safelisted.
    """
    unsafe: set[str] = set()
    maybe: set[str] = set()
    size = 0
    for name, value in headers:
        if is_safelisted(name, value) or (client_hints and is_client_hint(name, value)):
            maybe.add(name.lower())
            size += len(value)
        else:
            unsafe.add(name.lower())
    return tuple(sorted(unsafe | maybe if size > TOTAL_LIMIT else unsafe))
