"""The keys that the Compose specification knows in a service."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def service_keys() -> frozenset[str]:
    """As of the specification of 2025, and `net`, `log_driver`, `log_opt` of its first version."""
    return frozenset(Path(__file__).with_name("compose_keys.txt").read_text("utf-8").split())
