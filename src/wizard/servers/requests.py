"""Requests to a server: what they can make it do, the expected answers, and which ones a gateway may forward."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from wizard.plan import Api

Does = Literal["predict", "observe", "change-models", "run-code", "read-files", "fetch-urls"]
"""What a request can make a server do. `change-models`: remove or add models, or change how they run."""


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that a server's answer depends on. Header names are in lower case."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    token: Literal["none", "right", "wrong"] = "none"
    body: bytes | None = None
    """None: one that fits the path."""

    def header(self, name: str) -> str | None:
        """The value of a header, None when absent."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


@dataclass(frozen=True, slots=True)
class ExpectedAnswer:
    """The predicted answer of a process. `ran`: the model (or the management call) ran."""

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
    """The server ignores Content-Type, so the gateway must require application/json."""
    grpc: bool = False
    wait_s: int = 120
    """Seconds of silence from the server, before or within an answer, after which the gateway gives up."""
