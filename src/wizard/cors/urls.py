"""URLs as a browser reads them: ada-url (WHATWG) plus the places where Chromium differs from it.

The differences were measured with Chromium 156 on 5,860 hand-made and random inputs; see docs/cors.md.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from wizard.fast_start import regex

TUPLE_SCHEMES = frozenset({"http", "https", "ws", "wss", "ftp"})
BROWSER_SCHEMES = frozenset(
    {"chrome-extension", "chrome", "chrome-untrusted", "chrome-search", "devtools", "isolated-app"}
)
"""Chromium's own schemes whose URLs have a host, no port and a real origin; to ada-url they are opaque."""

_WITH_HOST = TUPLE_SCHEMES | {"file"}
_MARKERS = "!$&'()~;={}`"
_BROWSER_SCHEME = regex(rf"(?i)[\x00-\x20]*({'|'.join(sorted(BROWSER_SCHEMES))}):[/\\]*")
_CHROMIUM_HOST = regex(r"[ *\x80-\U0010ffff]|%2[0aA]|\ufe6a")
_ESCAPED = {" ": "20", "%20": "20", "*": "2a", "%2a": "2a", "%2A": "2a"}


@dataclass(frozen=True, slots=True)
class Url:
    """A parsed URL. `origin` is "null" when opaque; `host` is lower case, IPv6 in brackets; `scheme` without colon."""

    href: str
    scheme: str
    host: str
    port: str
    """Decimal digits; "" = the scheme's default port."""
    path: str
    origin: str
    userinfo: bool

    @property
    def is_http(self) -> bool:
        return self.scheme in ("http", "https")


@lru_cache(maxsize=256)
def parse(text: str, base: str | None = None) -> Url | None:
    """Parse by the WHATWG URL standard; None if it is not a URL. `base` resolves a relative `text`.

    Recent results are cached: a few addresses are judged again and again while answers are compared.
    """
    # 7 ms, and most commands judge no address.
    from ada_url import URL

    try:
        found = URL(text, base)
    except ValueError:  # includes text that has no UTF-8 form
        return None
    return Url(
        href=found.href,
        scheme=found.protocol[:-1],
        host=found.hostname,
        port=found.port,
        path=found.pathname,
        origin=found.origin,
        userinfo=bool(found.username or found.password),
    )


def parse_as_chromium(text: str) -> Url | None:
    """Parse as Chromium's `new URL(text)` does.

    Chromium writes a space or an asterisk in a host as %20 and %2A (the standard refuses the first and keeps the
    second), gives its own schemes and file: a real origin, and looks inside every blob: and filesystem: URL.
    """
    own = _BROWSER_SCHEME.match(text)
    if own:
        return _browser_scheme(own.group(1).lower(), text[own.end() :])
    url = _with_escaped_host(text) if _CHROMIUM_HOST.search(text) else parse(text)
    if url is None:
        return None
    if url.scheme == "file":
        return replace(url, origin="file://")
    if url.scheme in ("blob", "filesystem"):
        return _nested(url, text.partition(":")[2])
    return url


def _browser_scheme(scheme: str, rest: str) -> Url | None:
    readable = _without_port(rest)
    as_http = parse_as_chromium(f"http://{readable}") if readable is not None else None
    if as_http is None:
        return None
    origin = f"{scheme}://{as_http.host}"
    tail = as_http.href.removeprefix("http://").partition("/")[2]
    return replace(as_http, href=f"{origin}/{tail}", scheme=scheme, port="", origin=origin)


def _without_port(rest: str) -> str | None:
    """The text behind the slashes without its port, which these schemes do not have and Chromium does not read.

    None if what is in front of the port is no host.
    """
    authority = re.split(r"[/\\?#]", rest, maxsplit=1)[0]
    user, at, place = authority.rpartition("@")
    front, bracket, back = place.rpartition("]")
    name, colon, _ = back.rpartition(":")
    if not colon:
        return rest
    host = f"{front}{bracket}{name}"
    return None if ":" in name or not host else f"{user}{at}{host}{rest[len(authority) :]}"


def _nested(url: Url, text: str) -> Url | None:
    inner = parse_as_chromium(text)
    if url.scheme == "filesystem" and (inner is None or inner.path in ("", "/")):
        return None
    return replace(url, origin=inner.origin if inner else "null")


def _with_escaped_host(text: str) -> Url | None:
    """Let ada-url parse with stand-ins for the characters that Chromium escapes, then put the escapes back.

    A stand-in is as long as what Chromium feeds to punycode: three characters for an escape that was typed, one for
    a character that turns into a space or an asterisk only there (no-break space, full-width asterisk).
    """
    plain = parse(text)
    if plain is not None and plain.scheme not in _WITH_HOST:
        return plain
    folded = unicodedata.normalize("NFKC", text)
    free = [mark for mark in _MARKERS if mark not in folded][:3]
    if len(free) < 3:
        return plain
    escape, space, star = free
    body = text.strip("".join(map(chr, range(0x21))))
    body = re.sub(r"[ *]|%2[0aA]", lambda m: escape + _ESCAPED[m.group()], body)
    body = "".join(_stand_in(char, space, star) for char in body)
    url = parse(body)
    if url is None or url.scheme not in _WITH_HOST:
        return plain

    def restore(part: str) -> str:
        part = part.replace(f"{escape}20", "%20").replace(f"{escape}2a", "%2A")
        return part.replace(space, "%20").replace(star, "%2A")

    return replace(url, host=restore(url.host), origin=restore(url.origin), href=restore(url.href))


def _stand_in(char: str, space: str, star: str) -> str:
    if char.isascii():
        return char
    folded = unicodedata.normalize("NFKC", char)
    if " " not in folded and "*" not in folded:
        return char
    return folded.replace(" ", space).replace("*", star)


def ip_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address a canonical URL host stands for, None for a name."""
    if ":" not in host and not host[-1:].isdigit():
        return None
    try:
        return ipaddress.ip_address(host[1:-1] if host.startswith("[") else host)
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Whether browsers treat this host as the machine they run on (Secure Contexts, "potentially trustworthy")."""
    name = host.removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    address = ip_of(host)
    return address is not None and _plain(address).is_loopback


def is_private(host: str) -> bool:
    """Whether this host is an address of a private network or of this link, or a name that can only mean one."""
    address = ip_of(host)
    if address is not None:
        plain = _plain(address)
        return (plain.is_private or plain.is_link_local) and not plain.is_loopback and not plain.is_unspecified
    name = host.removesuffix(".")
    return name.endswith((".local", ".home.arpa", ".internal"))


def is_unspecified(host: str) -> bool:
    """0.0.0.0 and [::]: addresses to listen on."""
    address = ip_of(host)
    return address is not None and _plain(address).is_unspecified


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
