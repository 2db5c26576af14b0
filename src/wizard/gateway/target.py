"""What nginx makes of a request's target and Host: the path it matches locations with, and the name it compares.

Follows ngx_http_parse_request_line, ngx_http_parse_complex_uri and ngx_http_validate_host (nginx 1.22.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from wizard.fast_start import regex

WELL_FORMED = r"^(?![^?]*(?:\.\.|//|/\./))/[A-Za-z0-9_.:/-]*(?:\?[^#]*)?$"
"""Targets that are the same decoded and raw; in the common subset of PCRE and Python."""

_ABSOLUTE = regex(r"^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)(.*)$", re.DOTALL)
_BROKEN = regex(r"[\x00-\x20\x7f]|%(?![0-9A-Fa-f]{2})|%00")
_BAD_HOST = regex(r"[/\x00-\x20\x7f]|\.\.")


@dataclass(frozen=True, slots=True)
class NginxTarget:
    """A target that nginx accepts."""

    raw: str
    """The value of `$request_uri`."""
    path: str
    """Decoded, with `//`, `/./` and `/../` resolved."""
    host: str | None
    """The host of an absolute target, which is used instead of the Host header."""

    @property
    def well_formed(self) -> bool:
        """Whether the matched path is also the one that would be forwarded."""
        return re.search(WELL_FORMED, self.raw) is not None


def read_target(text: str) -> NginxTarget | None:
    """The parts of a target; None if nginx refuses the whole request line with 400."""
    absolute = _ABSOLUTE.match(text)
    host, raw = (absolute[1], absolute[2]) if absolute else (None, text)
    path, mark, query = raw.partition("?")
    if not path.startswith("/") or re.search(r"[\x00-\x20\x7f]", mark + query):
        return None
    path = path.partition("#")[0]
    if _BROKEN.search(path):
        return None
    resolved = _resolved(unquote_to_bytes(path).decode("latin-1"))
    return None if resolved is None else NginxTarget(raw, resolved, host)


def _resolved(path: str) -> str | None:
    """Slashes merged and dots resolved; None when that would climb out of the root."""
    parts = re.sub("/+", "/", path).split("/")[1:]
    found: list[str] = []
    for part in parts:
        if part == ".." and not found:
            return None
        if part == "..":
            found.pop()
        elif part != ".":
            found.append(part)
    ends_open = parts[-1] in (".", "..")
    text = "/" + "/".join(found)
    return text + "/" if ends_open and text != "/" else text


def host_name(text: str) -> str | None:
    """The name in a Host header as `$host` spells it; None if nginx refuses it with 400."""
    if text.startswith("["):
        end = text.find("]")
        return None if end < 0 else text[: end + 1].lower()
    name = text.partition(":")[0]
    if not name or _BAD_HOST.search(name):
        return None
    return name.removesuffix(".").lower() or None
