"""config.properties as TorchServe's two programs see it: the launcher reads three keys, Java all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.source import SourceError
from wizard.observed.source import Source, SourcePart
from wizard.servers.torchserve.keys import keys
from wizard.servers.torchserve.properties import Property, read_java, read_launcher

_OTHER_SERVERS = regex(r"(?m)^[ \t]*preload_model[ \t]*=|^#.*\b(?:multi-model-server|mxnet-model-server)\b")
_SNAPSHOT = regex(r"(?m)^#Saving snapshot|^tsConfigFile=")


class Overriding(NamedTuple):
    """A variable that sets a key, overriding the file and the command line; `entry` is the equivalent line."""

    name: str
    entry: Property
    """Its offsets are those of `source`."""
    source: Source


class Config(NamedTuple):
    """A configuration file. `values`: the setting in force for each key (the last one, or a variable's)."""

    part: SourcePart
    entries: tuple[Property, ...]
    values: dict[str, Property]
    lines: dict[str, Property]
    """What the file itself sets each key to, regardless of variables."""
    launcher: dict[str, Property]
    """What the launcher reads, by its own simpler rules."""
    refused: SourceError | None = None
    refused_at: int = 0
    snapshot: bool = False
    """Written by the server itself."""
    foreign: bool = False
    """Perhaps made for multi-model-server, which shares keys with it."""
    swallowed: Mapping[int, str] = MappingProxyType({})
    """Offset of an entry -> the key it swallowed because its line ends with a backslash."""
    overriding: Mapping[str, Overriding] = MappingProxyType({})
    """Key -> the variable that overrides it."""
    unknown: frozenset[str] = frozenset()
    """Keys whose value depends on an unknown variable, as with `$$NAME$$`; `values` has none of them."""

    def text(self, key: str) -> str | None:
        """The value in force, None if the key is not set."""
        entry = self.values.get(key)
        return entry.value if entry else None

    def true(self, key: str, default: bool = False) -> bool:
        """A switch as Java reads it: only true, in any case, is true."""
        entry = self.values.get(key)
        return entry.value.lower() == "true" if entry else default

    def by(self, entry: Property) -> Overriding | None:
        """The variable that an entry comes from; None for a line of the file."""
        found = self.overriding.get(entry.key)
        return found if found is not None and found.entry is entry else None

    def place(self, entry: Property) -> tuple[Source, int]:
        """The text in which an entry is set, and where in it."""
        by = self.by(entry)
        return (by.source, entry.key_at) if by else (self.part.source, self.part.origin(entry.key_at))

    def in_force(self) -> Iterator[Property]:
        """Every entry that counts, in the order of the file, then those of variables."""
        yield from (entry for entry in self.entries if self.values.get(entry.key) is entry)
        yield from (each.entry for each in self.overriding.values())


_UNREADABLE = regex(r"(?<!\\)((?:\\\\)*)\\u(?![0-9A-Fa-f]{4})")
FILLED_IN = regex(r"\$\$([^$]{2,})\$\$")
"""What Java reads from the environment, if the name has two letters or more; the launcher reads none of it."""
_SWALLOWED = regex(r"(?<!,)(?<!, )\\\r?\n[ \t]*([a-z_]{4,})[ \t]*=")
"""A line that was meant as one of its own; behind a comma, a list goes on."""


def read(part: SourcePart) -> Config:
    """Read a file; one that Java refuses is read as far as the launcher can."""
    text = part.text
    refused, refused_at, entries = None, 0, []
    try:
        entries = read_java(text)
    except SourceError as error:
        refused = error
        above = text.split("\n")[: error.line - 1]
        refused_at = sum(len(line) + 1 for line in above) + error.column - 1
        # Of the same length, so that every place stays where it is.
        entries = read_java(_UNREADABLE.sub(r"\1/u", text))
    lines = {entry.key: entry for entry in entries}
    unknown = frozenset(key for key, entry in lines.items() if filled_in(entry))
    swallowed = {entry.start: match[1] for entry in entries if (match := _SWALLOWED.search(entry.raw))}
    return Config(
        part,
        tuple(entries),
        {key: entry for key, entry in lines.items() if key not in unknown},
        lines,
        {entry.key: entry for entry in read_launcher(text)},
        refused,
        refused_at,
        _SNAPSHOT.search(text) is not None,
        _OTHER_SERVERS.search(text) is not None,
        swallowed,
        unknown=unknown,
    )


def filled_in(entry: Property | None) -> bool:
    """Whether one of the server's variables determines the value of a line; for a path or a list, it is enough that
    it is set."""
    if entry is None:
        return False
    known = keys().known.get(entry.key)
    judged = known is not None and known.type not in ("path", "string", "list")
    return judged and FILLED_IN.search(entry.value) is not None
