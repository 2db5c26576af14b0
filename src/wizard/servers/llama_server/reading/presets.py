"""The list of models of a router, as the server reads it: an INI file without quotes and escapes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.observed.source import SourcePart
from wizard.servers.llama_server import flags
from wizard.servers.llama_server.flags import Flag

ALL = "*"
"""The section whose keys apply to every model."""
_SECTION = regex(r"[ \t]*\[([^\]]*)\]")
_PAIR = regex(r"([ \t]*+)([^=\n]*+)=[ \t]*")
_COMMENT = regex(r"(?<![ \t])[ \t]*[#;].*$")


class PresetLine(NamedTuple):
    """One `key = value`; `flag` None: the file has no such key. `on` False: the key switches its flag off."""

    section: str
    """"" above the first section."""
    key: str
    value: str
    at: int
    """Offset of the key in the source."""
    value_at: int
    end: int
    """Where the value ends."""
    flag: Flag | None
    on: bool = True


class Presets(NamedTuple):
    """The file with its entries in order."""

    part: SourcePart
    entries: tuple[PresetLine, ...]
    sections: tuple[tuple[str, int], ...]
    """(line, offset) of lines that are not a section, `key = value` or a comment."""
    broken: tuple[tuple[str, int], ...] = ()
    """(line, offset) of what is neither a section, nor `key = value`, nor a comment."""

    def of(self, section: str) -> dict[str, PresetLine]:
        """Flag's name -> the entry that applies to a model: its own, or that of all models."""
        found: dict[str, PresetLine] = {}
        for name in (ALL, section):
            found |= {e.flag.name: e for e in self.entries if e.section == name and e.flag is not None}
        return found

    def models(self) -> Iterator[tuple[str, int]]:
        """The sections that are models."""
        yield from (each for each in self.sections if each[0] != ALL)


def read(part: SourcePart) -> Presets:
    """Its sections and entries."""
    section = ""
    entries: list[PresetLine] = []
    sections: list[tuple[str, int]] = []
    broken: list[tuple[str, int]] = []
    for begin, row in part.region.lines():
        stripped = row.strip()
        if not stripped or stripped[0] in "#;":
            continue
        if head := _SECTION.match(row):
            section = head[1].strip()
            sections.append((section, part.origin(begin + row.index("["))))
        elif (pair := _PAIR.match(row)) and stripped[0] not in "-=":
            entries.append(_entry(part, section, begin, row, pair))
        else:
            broken.append((stripped, part.origin(begin + row.index(stripped))))
    return Presets(part, tuple(entries), tuple(sections), tuple(broken))


def _entry(part: SourcePart, section: str, begin: int, row: str, pair: re.Match[str]) -> PresetLine:
    value = _COMMENT.sub("", row[pair.end() :]).rstrip()
    at = begin + len(pair[1])
    key = pair[2].rstrip(" \t")
    flag, on = _of_key(key)
    value_at = part.origin(begin + pair.end()) if pair.end() < len(row) else part.origin(at) + len(row) - len(pair[1])
    return PresetLine(section, key, value, part.origin(at), value_at, value_at + len(value), flag, on)


def _of_key(key: str) -> tuple[Flag | None, bool]:
    """A flag's name without its dashes, in any of its spellings, or its variable."""
    by_variable = flags.variables().get(key)
    if by_variable is not None:
        return by_variable
    if "_" in key:
        return None, True
    return flags.find(f"--{key}") or flags.find(f"-{key}") or (None, True)
