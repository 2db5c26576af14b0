"""TensorFlow Serving."""

from __future__ import annotations

from wizard.servers.base import Adapter
from wizard.servers.tensorflow_serving.adapter import TensorFlowServing

ADAPTER: Adapter = TensorFlowServing()

__all__ = ["ADAPTER"]
