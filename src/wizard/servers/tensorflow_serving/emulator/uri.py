"""URIs as libevent 2.1.12 cuts them up (http.c), character by character.

It does so twice: leniently when it reads the request line, and strictly when net_http routes the request.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from socket import AF_INET6, inet_pton

_LETTERS = string.ascii_letters
_UNRESERVED = _LETTERS + string.digits + "-._~"
_SUB_DELIMITERS = "!$&'()*+,;="
_NAME = _UNRESERVED + _SUB_DELIMITERS
_PATH = _NAME + ":@/"
_AFTER_PATH = _PATH + "?"


@dataclass(frozen=True, slots=True)
class Uri:
    """The parts of a URI; `host` is None without an authority, `query` and `fragment` where they are absent."""

    scheme: str
    host: str | None
    path: str
    query: str | None
    fragment: str | None

    @property
    def path_and_rest(self) -> str:
        """The path with whatever follows it."""
        query = "" if self.query is None else f"?{self.query}"
        return self.path + query + ("" if self.fragment is None else f"#{self.fragment}")


def parse(text: str, strict: bool = True) -> Uri | None:
    """Cut a URI up; None for what is none. Without `strict`, path, query and fragment may hold any character."""
    scheme, rest = _scheme(text)
    host = None
    if rest.startswith("//"):
        end = next((at for at, c in enumerate(rest) if at > 1 and c in "/?#"), len(rest))
        host, rest = rest[2:end], rest[end:]
        if not _is_authority(host):
            return None
    rest, has_fragment, fragment = rest.partition("#")
    path, has_query, query = rest.partition("?")
    if not scheme and ":" in path and "/" not in path[: path.index(":")]:
        return None
    if strict and not (_only(path, _PATH) and _only(query, _AFTER_PATH) and _only(fragment, _AFTER_PATH)):
        return None
    return Uri(scheme, host, path, query if has_query else None, fragment if has_fragment else None)


def is_host(text: str) -> bool:
    """Whether a text begins with a host, as the target of a CONNECT has to."""
    end = next((at for at, c in enumerate(text) if c in "/?#"), len(text))
    return _is_authority(text[:end])


def _scheme(text: str) -> tuple[str, str]:
    head, colon, rest = text.partition(":")
    if colon and head[:1] in _LETTERS and head and all(c in _LETTERS + string.digits + "+-." for c in head):
        return head, rest
    return "", text


def _is_authority(text: str) -> bool:
    user, at, host = text.partition("@")
    if at and not _only(user, _NAME + ":"):
        return False
    host = host if at else text
    digits = len(host) - len(host.rstrip(string.digits))
    before = host[: len(host) - digits]
    if before.endswith(":"):
        if digits and int(host[len(before) :][:6]) > 65535:
            return False
        host = before[:-1]
    if len(host) >= 2 and host[0] == "[" and host[-1] == "]":
        return _is_bracketed(host[1:-1])
    return _only(host, _NAME)


def _is_bracketed(text: str) -> bool:
    if text[:1] in ("v", "V") and text:
        version, dot, rest = text[1:].partition(".")
        return bool(version and dot and rest) and all(c in string.hexdigits for c in version) and _in(rest, _NAME + ":")
    try:
        inet_pton(AF_INET6, text)
    except (OSError, ValueError):
        return False
    return True


def _in(text: str, allowed: str) -> bool:
    return all(c in allowed for c in text)


def _only(text: str, allowed: str) -> bool:
    """Whether a text has only these characters and escapes such as %41."""
    first, *escaped = text.split("%")
    good = (len(part) >= 2 and _in(part[:2], string.hexdigits) and _in(part[2:], allowed) for part in escaped)
    return _in(first, allowed) and all(good)
