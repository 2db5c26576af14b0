"""Probes: one request from one vantage point, with the outcome the Deployment predicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wizard.plan import Api

Vantage = Literal["loopback-v4", "loopback-v6", "own-address", "peer-container", "other-container"]
ProbeKind = Literal["connect", "http", "grpc-connect"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One request and what should come of it.

    `predicted` is a short text in the vocabulary that the measurement uses too: `unreachable`, or a status
    such as `200`, followed for CORS probes by what a page could do (`200 readable`, `403 not run`).
    """

    id: str
    vantage: Vantage
    address: str
    """Address to connect to; "" = the server container's own address (container vantages)."""
    port: int
    api: Api
    kind: ProbeKind
    tls: bool = False
    method: str = "GET"
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    body: str = ""
    token: Literal["none", "right", "wrong"] = "none"
    page: str = ""
    """Origin of the page on whose behalf it is sent; "" = no page."""
    predicted: str = ""
    why: str = ""

    @property
    def request(self) -> str:
        """The request in a few words, for the table."""
        return self.path if self.kind != "http" else f"{self.method} {self.path}"
