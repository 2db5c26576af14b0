"""Probes as values: one request from one vantage point, and the outcome that is predicted for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wizard.plan import Api

Vantage = Literal["loopback-v4", "loopback-v6", "own-address", "unix-socket", "peer-container", "other-container"]
ProbeKind = Literal["connect", "http", "preflight"]
Token = Literal["none", "right", "wrong"]
UNREACHABLE = "unreachable"
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Probe:
    """One request and its predicted outcome.

    `predicted` uses the same words as the measurement: `unreachable`; `open` (a connection is accepted); a status such
    as `200`; with a page, a status and what the page could do (`200 readable`, `403 unreadable`); for a preflight `204
    passes` or `400 fails`.
    """

    id: str
    vantage: Vantage
    address: str
    """Address to connect to, `unix:/path` for a socket; "" = the container's own (container vantages)."""
    port: int
    api: Api
    kind: ProbeKind
    predicted: str
    why: str = ""
    tls: bool = False
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    token: Token = "none"
    page: str = ""
    """Origin of the page that sends it; "" = no page."""
    sender: str = ""
    """What that page is, in words: its invented host name tells a reader nothing."""
    served_by: str = "server"

    @property
    def request(self) -> str:
        """The request in a few words, for a table."""
        if self.kind == "connect":
            return f"connect to {self.api} port {self.port}"
        parts = [self.method, self.path]
        parts += [f"from a page of {self.page}"] if self.page else []
        host = next((value for name, value in self.headers if name == "host"), "")
        parts += [f"as {host}"] if host else []
        parts += ["from another site"] if self.from_elsewhere else []
        parts += [f"{self.token} token"] if self.token != "none" else []
        return " ".join(parts)

    @property
    def from_elsewhere(self) -> bool:
        """It has no origin, but a browser says of it that another site made it, as of an image or a link."""
        return not self.page and any(name.lower() == "sec-fetch-site" for name, _ in self.headers)


def place(probe: Probe) -> str:
    """Where a probe is sent from or to, in words: its address, or which container."""
    return probe.address or _CONTAINERS.get(probe.vantage, probe.vantage)


_CONTAINERS = {"peer-container": "a container on its network", "other-container": "a container on another network"}
