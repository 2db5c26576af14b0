"""Requests to a server: what one can have it do, what it is expected to answer, and which a gateway may forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wizard.plan import Api

Does = Literal["predict", "observe", "change-models", "run-code", "read-files", "fetch-urls"]
"""What a request can have a server do. `change-models`: take models out, bring others in, or change how they run."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request as far as a server's answer depends on it. Header names are lower case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    token: Literal["none", "right", "wrong"] = "none"
    body: bytes | None = None
    """None: one that fits what is called."""

    def header(self, name: str) -> str | None:
        """The value of a header, None when absent."""
        return next((v for k, v in self.headers if k == name), None)


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """What a process is predicted to answer. `ran`: the model (or the management call) was executed."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    ran: bool = False
    fact: str = ""
    """The fact the prediction rests on."""


@dataclass(frozen=True, slots=True)
class Route:
    """A path a gateway may forward.

    `pattern` is an anchored regular expression in the common subset of nginx (PCRE) and Python.
    """

    api: Api
    pattern: str
    methods: tuple[str, ...]
    does: tuple[Does, ...]
    json_body: bool = False
    """The server does not look at Content-Type, so the gateway must require application/json."""
    grpc: bool = False
    wait_s: int = 120
    """Seconds that the server may be silent before an answer or within one until the gateway gives it up."""
