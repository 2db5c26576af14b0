"""Properties of an accepted origin: whose machine, whose site, how it is reached."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from publicsuffixlist import PublicSuffixList

from wizard.cors.urls import is_loopback, is_private, parse_as_chromium

_PLAYGROUNDS = ("codepen.io", "jsfiddle.net")
"""Hosts that run their visitors' code although no list of suffixes contains them (named by CORScanner and Corsy)."""
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
    """Unencrypted on the network; harmless on loopback."""
    extension: bool
    shared_suffix: str
    """Suffix under which strangers publish pages; "" = none known."""
    whole_suffix: bool
    """The host is that suffix itself (or a playground that runs its visitors' code)."""


@cache
def _list() -> tuple[str, ...]:
    """The lines of the Public Suffix List, as its package carries it."""
    return tuple(resources.files("publicsuffixlist").joinpath("public_suffix_list.dat").read_text("utf-8").splitlines())


@lru_cache(maxsize=256)
def suffixes(ending: str, only_registries: bool = False) -> PublicSuffixList:
    """The public suffixes that end with a label; with those of hosting companies, or of registries only.

    Every rule for a name has the name's last label. To read the whole list takes 60 ms, the rules of one label five.
    A label of another script is written in two ways, so for one of those every rule of another script is kept.
    """
    ends = (f".{ending}", "DOMAINS===")
    foreign = ending.startswith("xn--") or not ending.isascii()
    kept = [line for line in _list() if line.endswith(ends) or line == ending or (foreign and not line.isascii())]
    return PublicSuffixList(kept, only_icann=only_registries)


@lru_cache(maxsize=256)  # several rules ask about each origin on a list
def classify(origin: str) -> OriginTraits:
    """Flags of an origin that `canonical_origin` accepted. Raises ValueError for anything that is not an origin."""
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
    """The suffix under which strangers can publish pages next to this host, "" if none is known."""
    name = host.removesuffix(".")
    if _is_address(host):
        return ""
    for playground in _PLAYGROUNDS:
        if name == playground or name.endswith(f".{playground}"):
            return playground
    ending = _ending(name)
    suffix = suffixes(ending).publicsuffix(name) or ""
    return suffix if suffix != (suffixes(ending, only_registries=True).publicsuffix(name) or "") else ""


def registrable_domain(host: str) -> str:
    """The registrable part of a name; an address, a single label or a suffix is returned whole."""
    name = host.removesuffix(".")
    if _is_address(host):
        return name
    return suffixes(_ending(name)).privatesuffix(name) or name


def _ending(host: str) -> str:
    """The last label of a name."""
    return host.removesuffix(".").rpartition(".")[2].lower()


def _is_address(host: str) -> bool:
    return host.startswith("[") or host.rpartition(".")[2].isdigit()


def same_site(one: str, other: str) -> bool:
    """Whether two origins belong to one site (scheme and registrable domain; ports do not count)."""
    first, second = parse_as_chromium(one), parse_as_chromium(other)
    if first is None or second is None or "null" in (first.origin, second.origin):
        return False
    if first.scheme != second.scheme or _ending(first.host) != _ending(second.host):
        return False  # no list has to be asked about names that differ in their last label
    return registrable_domain(first.host) == registrable_domain(second.host)
