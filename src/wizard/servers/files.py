"""A written file, with the answer that caused each piece of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a file and the answer that caused it (a dotted Plan key, or "" if it is always there)."""

    text: str
    cause: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """A rendered file, path relative to the output directory, as blocks with their provenance."""

    path: str
    blocks: tuple[Block, ...]
    secret: bool = False
    executable: bool = False
    shared: bool = False
    """It also contains lines from others, so it is not removed when it is no longer part of the set."""

    @property
    def text(self) -> str:
        """The whole file."""
        return "".join(block.text for block in self.blocks)
