"""TorchServe."""

from __future__ import annotations

from wizard.servers.base import Adapter
from wizard.servers.torchserve.adapter import TorchServe

ADAPTER: Adapter = TorchServe()

__all__ = ["ADAPTER"]
