"""File names of the parts of a split model, as llama.cpp makes and finds them (src/llama.cpp, build 11434)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from wizard.fast_start import regex

_PART: Final = regex(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf\Z")


@dataclass(frozen=True, slots=True)
class PartName:
    """A file name in the form that llama.cpp gives to parts of a split model."""

    stem: str
    number: int
    count: int

    def other(self, number: int) -> str:
        """The name of another part, counted from 1."""
        return f"{self.stem}-{number:05}-of-{self.count:05}.gguf"


def part_name(name: str) -> PartName | None:
    """Parse a part's name; None for any other name."""
    found = _PART.match(name)
    return PartName(found["stem"], int(found["number"]), int(found["count"])) if found else None
