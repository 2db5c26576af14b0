"""What each server knows about files that people have: found by name, loaded when one is needed."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from wizard.observed.seen import Reading

_PACKAGES = ("torchserve", "tensorflow_serving")


@cache
def readings() -> tuple[Reading, ...]:
    """The readers of every server that has some."""
    return tuple(import_module(f"wizard.servers.{name}.reading").READING for name in _PACKAGES)


def reading(server: str) -> Reading:
    """The readers of one server. Raises KeyError for an unknown one."""
    return next(each for each in readings() if each.server == server)
