"""Everything that is true of TorchServe and of no other server.

Knowledge is data with its evidence; the adapter turns it into what the contract requires.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.observed.seen import Reading
    from wizard.servers.contract import Adapter

TITLE = "TorchServe"
SUMMARY = "for PyTorch models packed as a .mar archive; no longer maintained"

DEMO = True


def load() -> Adapter:
    """The adapter, with all its knowledge."""
    # The names of all servers are asked for where nothing else of them is.
    from wizard.servers.torchserve.adapter import TorchServe

    return TorchServe()


def load_reading() -> Reading:
    """What it knows about existing files, without the rest."""
    # Read without what only a deployment needs.
    from wizard.servers.torchserve.reading.reader import READING

    return READING
