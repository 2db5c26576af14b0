"""Probe requests for a list of allowed origins: the templates of origin_probes.toml, filled in.

Nothing here knows what a given deployment should answer; a probe only says what to send.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from wizard.cors.headers import Headers
from wizard.cors.origin_traits import registrable_domain
from wizard.cors.urls import Url, ip_of, parse_as_chromium
from wizard.fast_start import regex

SentBy = Literal["page", "sandbox", "safari", "nobody"]

_ABOUT_ORIGIN = regex(r"\{(?:origin|ORIGIN|scheme|host|site)")
_NEEDS = {
    "name": "the host is no name",
    "dot": "the host is no name with a dot",
    "port": "the origin has no port",
    "no-port": "the origin has a port",
    "https": "the origin is not https",
    "http": "the origin is not http",
    "sub-domain": "the host is no sub-domain",
}


@dataclass(frozen=True, slots=True)
class OriginProbe:
    """One request to send, or (with `skipped`) the reason why a probe does not apply."""

    id: str
    """Unique: the family, plus a number if the family has several."""
    family: str
    allowed: str
    """The allowed origin it is about; "" = it depends on none."""
    origins: tuple[str, ...]
    """Values of the Origin header lines, in order; () = none."""
    method: str
    path: str
    """Which answer is wanted: ok, missing, too-big, no-token, or other-slash (a final slash added or removed)."""
    headers: Headers
    """Further request headers."""
    host: str
    """Value of a foreign Host header; "" = the server's own."""
    sent_by: SentBy
    skipped: str = ""


@lru_cache(maxsize=1)
def _templates() -> Mapping[str, Mapping[str, Any]]:
    return tomllib.loads(Path(__file__).with_name("origin_probes.toml").read_text("utf-8"))


def origin_probes(allowed: Sequence[str], *, seed: int) -> tuple[OriginProbe, ...]:
    """All probes for these allowed origins (canonical; ["*"] and [] are possible); the same seed gives the same probes.

    Look-alikes that are on the list themselves, and templates that need something the origin lacks, come back with
    `skipped` set.
    """
    listed = [origin for origin in allowed if origin != "*"]
    found: list[OriginProbe] = []
    for family, template in _templates().items():
        about = listed if _is_about_origin(template) else [""]
        if not about:
            found.append(_probe(family, template, skipped="no single origin is allowed"))
            continue
        made = [probe for origin in about for probe in _expand(family, template, origin, frozenset(allowed), seed)]
        found += _numbered(made)
    return tuple(found)


def _is_about_origin(template: Mapping[str, Any]) -> bool:
    return any(_ABOUT_ORIGIN.search(text) for text in _texts(template.get("origin")))


def _texts(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


def _expand(
    family: str, template: Mapping[str, Any], origin: str, allowed: frozenset[str], seed: int
) -> Iterator[OriginProbe]:
    parts = _Parts(origin, seed, family)
    missing = parts.lacks(str(template.get("needs", "")))
    if missing:
        yield _probe(family, template, origin, skipped=missing)
        return
    host = f"{parts.values['random']}.example" if template["request"] == "foreign-host" else ""
    texts: list[str | None] = [*_texts(template.get("origin"))] or [None]
    for text in texts:
        lines = [] if text is None else [text.format_map(parts.values)]
        own = lines == [origin]
        if "origin2" in template:
            lines.append(str(template["origin2"]).format_map(parts.values))
        known = lines and lines[0] in allowed and not own
        for path in _texts(template.get("path")) or ["ok"]:
            skipped = f"{lines[0]} is on the list" if known else ""
            yield _probe(family, template, origin, tuple(lines), path, host, skipped)


def _probe(
    family: str,
    template: Mapping[str, Any],
    allowed: str = "",
    origins: tuple[str, ...] = (),
    path: str = "ok",
    host: str = "",
    skipped: str = "",
) -> OriginProbe:
    method, headers = _REQUESTS[template["request"]]
    if path == "too-big":
        method, headers = "POST", (("Content-Type", "application/json"),)
    return OriginProbe(
        id=family,
        family=family,
        allowed=allowed,
        origins=origins,
        method=method,
        path=path,
        headers=headers,
        host=host,
        sent_by=template["sent_by"],
        skipped=skipped,
    )


_REQUESTS: dict[str, tuple[str, Headers]] = {
    "simple": ("GET", ()),
    "preflight": (
        "OPTIONS",
        (("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "content-type")),
    ),
    "preflight-with-token": (
        "OPTIONS",
        (("Access-Control-Request-Method", "POST"), ("Access-Control-Request-Headers", "authorization")),
    ),
    "post-text": ("POST", (("Content-Type", "text/plain"),)),
    "navigate": (
        "POST",
        (
            ("Content-Type", "text/plain"),
            ("Sec-Fetch-Mode", "navigate"),
            ("Sec-Fetch-Dest", "document"),
            ("Sec-Fetch-Site", "cross-site"),
        ),
    ),
    "cross-site-get": ("GET", (("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Site", "cross-site"))),
    "foreign-host": ("GET", ()),
}


def _numbered(probes: Sequence[OriginProbe]) -> Iterator[OriginProbe]:
    for number, probe in enumerate(probes, 1):
        yield probe if len(probes) == 1 else replace(probe, id=f"{probe.family}-{number}")


class _Parts:
    """The values that templates may use, for one allowed origin ("" = none)."""

    def __init__(self, origin: str, seed: int, family: str) -> None:
        digest = hashlib.sha256(f"{seed}|{family}|{origin}".encode()).hexdigest()
        self.url: Url | None = parse_as_chromium(origin) if origin else None
        self.values: dict[str, str] = {
            "random": "p" + digest[:9],
            "any_port": str(20000 + int(digest[9:13], 16) % 10000),
            "extension": "".join(chr(ord("a") + int(char, 16)) for char in digest[:32]),
        }
        if self.url:
            self.values |= self._of_origin(self.url)

    def _of_origin(self, url: Url) -> dict[str, str]:
        used = int(url.port) if url.port else 0
        return {
            "origin": url.origin,
            "ORIGIN": url.origin.upper(),
            "scheme": url.scheme,
            "host": url.host,
            "host_dotless": url.host.replace(".", "x", 1),
            "port": f":{url.port}" if url.port else "",
            "other_port": str(used + 1 if 0 < used < 65535 else 8443),
            "default_port": "443" if url.scheme == "https" else "80",
            "site": registrable_domain(url.host),
        }

    def lacks(self, need: str) -> str:
        """Why a template does not apply, because it needs something that is missing; "" if it applies."""
        url = self.url
        if not need or url is None:
            return ""
        name = url.is_http and ip_of(url.host) is None
        has = {
            "name": name,
            "dot": name and "." in url.host,
            "port": bool(url.port),
            "no-port": not url.port and url.is_http,
            "https": url.scheme == "https",
            "http": url.scheme == "http",
            "sub-domain": name and url.host != registrable_domain(url.host),
        }
        return "" if has[need] else _NEEDS[need]
