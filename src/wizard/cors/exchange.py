"""The values of a browser's exchange with a server: page, request, messages on the wire, answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from wizard.cors.headers import Headers

PageKind = Literal["", "sandboxed", "data", "file"]
AddressSpace = Literal["", "loopback", "local", "public"]


@dataclass(frozen=True, slots=True)
class CallingPage:
    """Where the script runs."""

    origin: str
    """Canonical origin; "null" for sandboxed frames, data: and file: pages."""
    kind: PageKind = ""
    """Why the page is opaque; "" = it does not matter."""
    space: AddressSpace = ""
    """Where the page was loaded from, for Local Network Access; "" = not a public place."""
    permission: bool = False
    """Whether the visitor allowed the page to reach the local network."""


@dataclass(frozen=True, slots=True)
class PageRequest:
    """What the script asks for, as it wrote it."""

    url: str
    """Absolute, or relative to the page's origin."""
    method: str = "GET"
    headers: Headers = ()
    body: str | None = None
    body_type: str | None = None
    """Content-Type that the body implies; None = that of a plain string, "" = none (an untyped Blob)."""
    stream: bool = False
    """The body is a ReadableStream."""
    mode: str = "cors"
    credentials: Literal["omit", "same-origin", "include"] = "same-origin"
    redirect: Literal["follow", "error", "manual"] = "follow"
    xhr: bool = False
    upload_listener: bool = False
    """XMLHttpRequest with a listener on `upload`, which always causes a preflight."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer as it leaves the server. Header names may have any case and repeat."""

    status: int
    headers: Headers = ()


@dataclass(frozen=True, slots=True)
class WireRequest:
    """One request as the server gets it."""

    url: str
    method: str
    headers: Headers
    """All headers but Host, Cookie, User-Agent and those that every request has; including Origin and Sec-Fetch-Site
    if sent."""
    preflight: bool
    hop: int
    """Number of redirects followed before this request."""
    credentials: bool
    """Whether cookies are sent."""

    def header(self, name: str) -> str | None:
        """The value of a header, None if it is not sent."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


Answer = Callable[[WireRequest], Response | None]
"""The server's answer to a request; None = no answer at all."""


@dataclass(frozen=True, slots=True)
class RecordedHop:
    """The answers from one address."""

    url: str
    preflight: Response | None
    response: Response | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A page's request, and the answers recorded for it."""

    id: str
    page: CallingPage
    request: PageRequest
    hops: tuple[RecordedHop, ...]

    def answer(self, request: WireRequest) -> Response | None:
        """The recorded answer: by address, else by the number of redirects followed."""
        url = request.url.partition("#")[0]
        by_url = [hop for hop in self.hops if hop.url == url]
        by_place = self.hops[request.hop : request.hop + 1]
        hop = next(iter([*by_url, *by_place]), None)
        if hop is None:
            return None
        return hop.preflight if request.preflight else hop.response
