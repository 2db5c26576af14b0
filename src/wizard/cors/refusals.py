"""Why a typed value cannot be in an allowlist of origins, and what was probably meant."""

from __future__ import annotations

import re
from dataclasses import dataclass

from wizard.cors.urls import BROWSER_SCHEMES, TUPLE_SCHEMES, Url, ip_of, is_loopback, is_unspecified, parse_as_chromium
from wizard.fast_start import regex

_WEB = ("http", "https")
_HOST = regex(r"(?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?|\[[0-9a-f:]+\]")
_EXTENSION_ID = regex(r"[a-p]{32}")
_SCHEME = regex(r"[A-Za-z][A-Za-z0-9+.-]*:")
_HOST_PORT = regex(r"(?:[^\s/\\?#@:]+|\[[0-9a-fA-F:.]+\])(?::\d*)?(?:[/\\?#].*)?")
_MISTYPED_HTTP = regex(r"(?i)(?!https?://)[htp]{2,6}(s{0,2})\s?[:;.]?\s?[/\\]{1,2}")
_KNOWN_SCHEMES = TUPLE_SCHEMES | BROWSER_SCHEMES | {"file", "data", "blob", "filesystem", "about", "javascript"}
_QUOTES = {'"': '"', "'": "'", "`": "`", "<": ">", "(": ")", "[": "]", "“": "”", "‘": "’"}
_NO_WILDCARD = "Browsers know no wildcard inside a host; enter each host you mean."


@dataclass(frozen=True, slots=True)
class Refusal:
    """A stable code, one sentence, and one acceptable entry (or, for a list, several) that may have been meant."""

    code: str
    problem: str
    fix: str | None = None
    parts: tuple[str, ...] = ()


def refused_text(body: str) -> Refusal | None:
    """What the text alone shows, before any parsing; `body` has no blanks around it."""
    if not body:
        return Refusal("empty", "Nothing is entered here.")
    if body == "*":
        return Refusal("wildcard", '"*" means every origin; that is a choice of its own, not an entry of a list.')
    if body.lower() == "null":
        problem = '"null" is what sandboxed frames and local files send; every website can produce it.'
        return Refusal("null", problem)
    if _QUOTES.get(body[0]) == body[-1] and not re.fullmatch(r"\[[0-9A-Fa-f:.]+\]", body):
        return Refusal("quotes", "Quotes and brackets are not part of an origin.", _meant(body[1:-1]))
    return _list_of_origins(body) or _wildcard(body)


def refused_url(body: str, url: Url | None) -> Refusal | None:
    """What the parsed text shows; None for an http or https origin that may be in a list."""
    if url is None:
        return _no_scheme(body) or _not_a_url(body)
    if url.scheme in _WEB:
        return refused_host(url) or _more_than_an_origin(body, url)
    if url.scheme == "chrome-extension":
        return _extension(body, url)
    return _no_scheme(body) or _other_scheme(body, url)


def authority_of(body: str) -> str:
    """The part of a typed value that should be host and port, as typed."""
    match = re.match(r"[A-Za-z][A-Za-z0-9+.-]*:[/\\]+([^/\\?#]*)", body)
    return match.group(1) if match else re.split(r"[/\\?#]", body, maxsplit=1)[0]


def _origin_of(text: str) -> str | None:
    """The origin of a suggestion, if it could be in a list."""
    url = parse_as_chromium(text)
    return url.origin if url and url.scheme in _WEB and refused_host(url) is None else None


def _meant(text: str) -> str | None:
    """The origin that a value stands for, with or without a scheme."""
    if "://" in text or text.lower() == "null":
        return _origin_of(text)
    found = _no_scheme(text)
    return found.fix if found else None


def parts_of(body: str) -> tuple[str, ...]:
    """The single values of several in one line."""
    return tuple(part for part in re.split(r"[\s,;|]+", body) if part)


def _list_of_origins(body: str) -> Refusal | None:
    parts = parts_of(body)
    separated = re.search(r"[,;|]", body) is not None
    with_scheme = sum("://" in part for part in parts)
    if len(parts) > 1 and (with_scheme == len(parts) or (re.search(r"[,;]", body) and with_scheme)):
        single = tuple(filter(None, map(_meant, parts)))
        entries = f": {' and '.join(single)}" if len(single) == len(parts) else ""
        problem = f"One entry holds one origin; enter these {len(parts)} one by one{entries}."
        return Refusal("list", problem, None, single)
    single_fix = _meant(parts[0]) if len(parts) == 1 and separated else None
    return Refusal("list", "Commas and semicolons are not part of an origin.", single_fix) if single_fix else None


def _wildcard(body: str) -> Refusal | None:
    authority = authority_of(body)
    if re.search(r":[^\]]*\*", authority):
        problem = "Browsers know no wildcard for ports: each port is an origin of its own and needs an entry."
        return Refusal("wildcard-port", problem)
    return Refusal("wildcard-host", _NO_WILDCARD) if "*" in authority else None


def _mistyped(body: str) -> Refusal | None:
    match = _MISTYPED_HTTP.match(body)
    if match is None:
        return None
    fix = _origin_of(f"http{'s' if match.group(1) else ''}://{body[match.end() :]}")
    problem = "The beginning is mistyped: an origin begins with http:// or https://."
    return Refusal("no-scheme", problem, fix) if fix else None


def _no_scheme(body: str) -> Refusal | None:
    """`localhost:3000`, `example.com`, `//example.com`: http for this machine and bare addresses, else https."""
    mistyped = _mistyped(body)
    if mistyped:
        return mistyped
    scheme = _SCHEME.match(body)
    if scheme and not (
        re.match(r"\d+(?:[/?#]|$)|$", body[scheme.end() :]) and scheme.group()[:-1].lower() not in _KNOWN_SCHEMES
    ):
        return None
    rest = f"[{body}]" if ip_of(body) and ":" in body else re.sub(r"^:?[/\\]*", "", body)
    if "://" in rest or not _HOST_PORT.fullmatch(rest):
        return None
    url = parse_as_chromium(f"http://{rest}")
    if url is None:
        return None
    guess = "http" if is_loopback(url.host) or ip_of(url.host) else "https"
    problem = "The scheme is missing: an origin begins with http:// or https://."
    return Refusal("no-scheme", problem, _origin_of(f"{guess}://{rest}") or _opened_as(url))


def _other_scheme(body: str, url: Url) -> Refusal:
    scheme = url.scheme
    if scheme in ("ws", "wss"):
        fix = _origin_of(f"{'https' if scheme == 'wss' else 'http'}{url.origin.removeprefix(scheme)}")
        return Refusal("websocket", f"No page is served over {scheme}; list the origin of the page.", fix)
    if scheme == "file":
        problem = 'Local files have the origin "null", like every sandboxed frame; serve them from http://localhost.'
        return Refusal("file", problem)
    if scheme in BROWSER_SCHEMES:
        return Refusal("browser-page", "This is a page of the browser itself; it calls no model server.")
    if scheme in ("blob", "filesystem"):
        return Refusal("blob", "List the origin of the page that made this address.", _origin_of(url.origin))
    if scheme == "ftp":
        return Refusal("scheme", "Browsers show no pages over ftp; an origin begins with http:// or https://.")
    opaque = f'To a browser every address with "{scheme}:" has the origin "null"'
    if body[len(scheme) + 1 :].startswith("//"):
        problem = f"{opaque}; an app that sends {scheme}://… shares it with others of its kind. Serve it as https://."
        return Refusal("app-scheme", problem)
    return Refusal("opaque", f"{opaque}, and that cannot be listed.")


def _extension(body: str, url: Url) -> Refusal | None:
    if not _EXTENSION_ID.fullmatch(url.host):
        return Refusal("extension-id", "An extension's id is 32 letters from a to p, after chrome-extension://.")
    if url.href not in (url.origin, f"{url.origin}/") or "@" in authority_of(body):
        return Refusal("path", "An origin ends after the id: no path, no query, no fragment.", url.origin)
    return None


def _not_a_url(body: str) -> Refusal:
    authority = authority_of(body)
    port = re.search(r":([^\]:]+)$", authority)
    if port and re.fullmatch(r"[0-9]+", port.group(1)):
        if int(port.group(1)[:9]) > 65535:
            return Refusal("port", f"There is no port {port.group(1)[:9]}; the highest is 65535.")
    elif port:
        return Refusal("port", "What follows the colon after the host must be a number.")
    if "[" in authority and "%" in authority:
        return Refusal("host", "Browsers accept no zone (the part after %) in an IPv6 address.")
    return Refusal("not-a-url", "A browser cannot read this as a web address.")


def refused_host(url: Url) -> Refusal | None:
    """Whether a parsed host is one that no page can have, or that should not be in a list."""
    host = url.host
    if "%2A" in host:
        return Refusal("wildcard-host", _NO_WILDCARD)
    if "%20" in host:
        return Refusal("host", "There is a blank inside the host.")
    if ".." in host or host.startswith("."):
        tidy = re.sub(r"\.{2,}", ".", host).strip(".")
        fix = _origin_of(url.origin.replace(host, tidy, 1)) if tidy else None
        return Refusal("host", "There is an empty part in the host: two dots in a row, or a dot in front.", fix)
    if len(host) > 253 or any(len(label) > 63 for label in host.split(".")):
        return Refusal("host", "The host is longer than names can be (63 characters a part, 253 in all).")
    if not _HOST.fullmatch(host):
        return Refusal("host", "The host holds a character that host names do not have.")
    if is_unspecified(host):
        problem = f"{host} is an address to listen on, not one to open pages at; open and list localhost."
        return Refusal("unspecified", problem, _opened_as(url))
    return None


def _opened_as(url: Url) -> str | None:
    return url.origin.replace(url.host, "localhost", 1) if is_unspecified(url.host) else None


def _more_than_an_origin(body: str, url: Url) -> Refusal | None:
    tail = url.href.partition("://")[2]
    if url.userinfo or "@" in authority_of(body):
        return Refusal("userinfo", "A name or password before the host is not part of an origin.", url.origin)
    if "\\" in body:
        return Refusal("backslash", "There is a backslash; browsers read it as a slash.", url.origin)
    if url.path != "/":
        return Refusal("path", "An origin ends after host and port; it has no path.", url.origin)
    if "?" in tail:
        return Refusal("query", "An origin ends after host and port; it has no query.", url.origin)
    if "#" in tail:
        return Refusal("fragment", "An origin ends after host and port; it has no fragment.", url.origin)
    return None
