"""Reach: which audience may send to, read from, and run code through each API."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wizard.plan import Api

May = Literal["yes", "no", "prompt"]
ReachAudience = Literal[
    "this-process",
    "local-users",
    "page-allowed",
    "page-other",
    "page-rebinding",
    "containers",
    "lan",
    "internet",
]


@dataclass(frozen=True, slots=True)
class Cell:
    """One audience and one API. `prompt`: the browser asks its user first."""

    audience: ReachAudience
    api: Api
    send: May
    """Its requests arrive and are carried out."""
    read: May
    """It gets the answers."""
    run: May
    """It can make the server run code of its own."""
    why: str
