"""Why a browser may not connect at all, before CORS matters: ports, mixed content, the local network."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.cors.exchange import CallingPage
from wizard.cors.origin_traits import same_site
from wizard.cors.profile import Profile
from wizard.cors.request import Stop
from wizard.cors.urls import Url, is_loopback, is_private, is_unspecified

# Fetch standard, "bad port".
# fmt: off
BAD_PORTS = frozenset({
    0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
    109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515, 526,
    530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045,
    4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
})
# fmt: on


def before_connecting(page: CallingPage, url: Url, profile: Profile) -> None:
    """Blocked ports and mixed content. Raises Stop if the browser refuses."""
    if url.is_http and url.port and int(url.port) in BAD_PORTS:
        raise Stop("bad-port", port=url.port)
    if url.scheme == "http" and page.origin.startswith("https:"):
        near = is_loopback(url.host) or (profile.zero_host_is_local and is_unspecified(url.host))
        if not near:
            raise Stop("mixed-content", url_origin=url.origin)


def local_network(page: CallingPage, url: Url, profile: Profile) -> None:
    """Local Network Access, for a target named by a local address. Raises Stop if the browser refuses."""
    if not profile.local_network_access:
        return
    if not (is_loopback(url.host) or is_unspecified(url.host) or is_private(url.host)):
        return
    if page.kind == "data":
        raise Stop("local-network-access", why="a page from a data: address is not a secure context")
    if page.space != "public" or page.permission:
        return
    if not page.origin.startswith("https:"):
        raise Stop("local-network-access", why="a public page over plain http cannot even ask for permission")
    raise Stop("local-network-access", why="the visitor has not given the page permission")


def trustworthy(url: Url) -> bool:
    """Whether Sec-Fetch headers are sent to this address ("potentially trustworthy URL"; 0.0.0.0 is not)."""
    return url.scheme in ("https", "wss") or is_loopback(url.host)


def sec_fetch_site(origin: str, urls: Sequence[Url]) -> str:
    """The Sec-Fetch-Site header after these addresses; "" if browsers send none."""
    if not trustworthy(urls[-1]):
        return ""
    site = "same-origin"
    for url in urls:
        if url.origin == origin:
            continue
        if not same_site(url.origin, origin):
            return "cross-site"
        site = "same-site"
    return site
