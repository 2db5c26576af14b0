"""What an accepted origin is: whose machine, whose site, how it is reached."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from wizard.cors.urls import is_loopback, is_private, parse_as_chromium

_LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True, slots=True)
class OriginTraits:
    """Flags of one origin in canonical spelling."""

    origin: str
    scheme: str
    host: str
    port: str
    """Decimal digits; "" = the scheme's default port."""
    loopback: bool
    """A page on the visitor's own machine."""
    private: bool
    """An address or name of a private network."""
    http: bool
    """Not encrypted on the way; harmless on loopback."""
    extension: bool
    shared_suffix: str
    """Suffix under which strangers publish pages; "" = none known."""
    whole_suffix: bool
    """The host is that suffix itself (or a playground that runs its visitors' code)."""


@lru_cache(maxsize=1)
def _hosting() -> dict[str, frozenset[str]]:
    path = Path(__file__).with_name("hosting.toml")
    return {key: frozenset(values) for key, values in tomllib.loads(path.read_text("utf-8")).items()}


def classify(origin: str) -> OriginTraits:
    """Flags of an origin that `canonical_origin` accepted. ValueError for anything that is no origin."""
    url = parse_as_chromium(origin)
    if url is None or url.origin != origin:
        raise ValueError(f"{origin!r} is not an origin in canonical spelling")
    suffix = shared_suffix(url.host)
    return OriginTraits(
        origin=origin,
        scheme=url.scheme,
        host=url.host,
        port=url.port,
        loopback=is_loopback(url.host),
        private=is_private(url.host),
        http=url.scheme == "http",
        extension=url.scheme == "chrome-extension",
        shared_suffix=suffix,
        whole_suffix=bool(suffix) and url.host.removesuffix(".") == suffix,
    )


def aliases(origin: str) -> tuple[str, ...]:
    """The three spellings of a loopback origin, which are three origins to a browser; () for any other origin."""
    url = parse_as_chromium(origin)
    if url is None or not url.is_http or url.host not in _LOOPBACK_NAMES:
        return ()
    port = f":{url.port}" if url.port else ""
    return tuple(f"{url.scheme}://{name}{port}" for name in _LOOPBACK_NAMES)


def shared_suffix(host: str) -> str:
    """The shared hosting suffix of a host, "" if none is known."""
    suffixes = _hosting()["public_suffix"] | _hosting()["playgrounds"]
    labels = host.removesuffix(".").split(".")
    tails = (".".join(labels[start:]) for start in range(len(labels)))
    return next((tail for tail in tails if tail in suffixes), "")


def registrable_domain(host: str) -> str:
    """The part of a name that one party registered; an address or a single label is returned whole.

    An approximation of the Public Suffix List: known shared suffixes, the usual second levels of countries
    (co.uk), otherwise the last two labels.
    """
    name = host.removesuffix(".")
    labels = name.split(".")
    if host.startswith("[") or labels[-1].isdigit() or len(labels) < 2:
        return name
    suffix = shared_suffix(name)
    if suffix in _hosting()["public_suffix"]:
        size = suffix.count(".") + 2
    else:
        country = len(labels[-1]) == 2 and labels[-2] in _hosting()["country_second_level"]
        size = 3 if country else 2
    return ".".join(labels[-size:])


def same_site(one: str, other: str) -> bool:
    """Whether two origins are of one site (scheme and registrable domain; ports do not count)."""
    first, second = parse_as_chromium(one), parse_as_chromium(other)
    if first is None or second is None or "null" in (first.origin, second.origin):
        return False
    if first.scheme != second.scheme:
        return False
    return registrable_domain(first.host) == registrable_domain(second.host)
