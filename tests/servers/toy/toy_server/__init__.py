"""A server that exists for the tests alone: a package from elsewhere, found by its entry point."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.servers.contract import Adapter

TITLE = "Toy Server"
SUMMARY = "for models that are one line of text"


def load() -> Adapter:
    from toy_server.adapter import ToyServer

    return ToyServer()
