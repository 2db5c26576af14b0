"""The target of a request, split into its parts like libevent's URI parser does (http.c, 2.1.12).

The server routes only by the path, undecoded and ignoring what comes before it: `//host/v1/models/m` and
`http:/v1/models/m` reach the API, although they do not begin with `/v1/`.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from wizard.fast_start import regex

_SCHEME = regex(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_PLAIN = r"[A-Za-z0-9\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2}"
_HOST = regex(rf"(?:{_PLAIN})*")
_USER = regex(rf"(?:{_PLAIN}|:)*")
_PATH = regex(rf"(?:{_PLAIN}|[:@/])*")
_REST = regex(rf"(?:{_PLAIN}|[:@/?])*")
_FUTURE_ADDRESS = regex(r"[vV][0-9A-Fa-f]+\.[A-Za-z0-9\-._~!$&'()*+,;=:]+")
_PORTS = range(65536)
_LONGEST_PORT = 5


@dataclass(frozen=True, slots=True)
class RequestTarget:
    """A request target taken apart."""

    path: str
    full: str
    """The path with its query and fragment: what the API's patterns are matched against."""


def parse(text: str) -> RequestTarget | None:
    """The parts of a target; None if it is not a URI, which the server answers with 400."""
    found = _cut(text)
    if found is None:
        return None
    target, query, fragment = found
    valid = _PATH.fullmatch(target.path) and _REST.fullmatch(query) and _REST.fullmatch(fragment)
    return target if valid else None


def tolerable(text: str) -> bool:
    """Whether the request line is accepted: here, path and query may contain anything."""
    return _cut(text) is not None


def connectable(text: str) -> bool:
    """Whether the request line of a CONNECT is accepted: it begins with a host."""
    return _authority(_host_part(text))


def _cut(text: str) -> tuple[RequestTarget, str, str] | None:
    scheme = _SCHEME.match(text)
    rest = text[scheme.end() :] if scheme else text
    host = ""
    if rest.startswith("//"):
        host = _host_part(rest[2:])
        if not _authority(host):
            return None
        rest = rest[2 + len(host) :]
    before, hash_, fragment = rest.partition("#")
    path, mark, query = before.partition("?")
    if scheme is None and ":" in path.partition("/")[0]:
        return None
    return RequestTarget(path, path + mark + query + hash_ + fragment), query, fragment


def _host_part(text: str) -> str:
    return re.split("[/?#]", text, maxsplit=1)[0]


def _authority(text: str) -> bool:
    """Whether `user@host:port` is well formed."""
    user, at, host = text.partition("@")
    if not at:
        user, host = "", text
    name, colon, port = host.rpartition(":")
    if colon and (not port or (port.isascii() and port.isdigit())):
        significant = port.lstrip("0")
        if len(significant) > _LONGEST_PORT or int(significant or "0") not in _PORTS:
            return False
        host = name
    if host.startswith("[") and host.endswith("]"):
        return bool(_USER.fullmatch(user)) and _bracketed(host[1:-1])
    return bool(_USER.fullmatch(user)) and bool(_HOST.fullmatch(host))


def _bracketed(address: str) -> bool:
    if _FUTURE_ADDRESS.fullmatch(address):
        return True
    try:
        return bool(ipaddress.IPv6Address(address)) and "%" not in address
    except ValueError:
        return False
