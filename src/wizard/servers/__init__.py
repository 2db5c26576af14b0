"""The registry of server adapters: names are known without loading, an adapter is loaded on demand."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.servers.base import Adapter

NAMES = ("torchserve", "tensorflow-serving")
_MODULES = {
    "torchserve": "wizard.servers.torchserve.adapter",
    "tensorflow-serving": "wizard.servers.tensorflow_serving.adapter",
}


@cache
def adapter(name: str) -> Adapter:
    """The adapter of a server named as in the answers file. Raises KeyError for an unknown name."""
    found: Adapter = import_module(_MODULES[name]).ADAPTER
    return found
