"""The list of models: keys that end the router, keys that are never read, models that never load."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.formats.shell_words import in_quotes
from wizard.observed.remark import Edit, Remark
from wizard.servers.llama_server import flags as known
from wizard.servers.llama_server.reading import values
from wizard.servers.llama_server.reading.presets import PresetLine, Presets
from wizard.servers.llama_server.reading.rules.flags import _near
from wizard.servers.llama_server.reading.seen import Seen

_ROUTERS = frozenset({"--host", "--port", "--api-key"})
"""Keys that the router reserves for itself."""
_PRESET_ONLY = frozenset({"load-on-startup", "stop-timeout", "version"})
_TOOLS = frozenset({"--tools", "--agent", "--mcp-servers-config", "--mcp-servers-json"})
_PATHS = frozenset({"path", "paths"})


def find(seen: Seen, presets: Presets) -> Iterator[Remark]:
    """Remarks about one list of models."""
    for row, at in presets.broken:
        yield _broken(presets, row, at)
    for entry in presets.entries:
        yield from _entry(seen, presets, entry)
    told: set[str] = set()
    for name, at in presets.sections:
        if name in told:
            yield Remark("LS-PRESET-TWICE", presets.part.source, at, {"name": name})
        told.add(name)


def _broken(presets: Presets, row: str, at: int) -> Remark:
    """A line that makes the whole file unreadable."""
    bare = row.lstrip("-")
    key = re.match(r"[\w-]+", bare)
    edits: tuple[Edit, ...] = ()
    if bare != row and "=" in row:
        edits = (Edit(at, at + len(row) - len(bare), ""),)
    elif key is not None and row[key.end() : key.end() + 1] == ":" and "=" not in row and known.find(f"--{key[0]}"):
        edits = (Edit(at + key.end(), at + key.end() + 1, " ="),)
    return Remark("LS-PRESET-SYNTAX", presets.part.source, at, {"line": row[:60]}, edits=edits)


def _entry(seen: Seen, presets: Presets, entry: PresetLine) -> Iterator[Remark]:
    source = presets.part.source
    fills: dict[str, object] = {"key": entry.key, "value": entry.value[:60], "section": entry.section or "default"}
    flag = entry.flag
    if entry.key in _PRESET_ONLY:
        return
    if flag is None:
        yield _unknown(presets, entry, fills)
        return
    if not entry.section:
        yield Remark("LS-PRESET-TOP", source, entry.at, fills)
        return
    if flag.name in _ROUTERS:
        grave = flag.name == "--api-key"
        yield Remark("LS-PRESET-KEY" if grave else "LS-PRESET-ROUTER", source, entry.at, fills)
    elif flag.name in _TOOLS and entry.on and entry.value not in values.FALSE and entry.value:
        yield Remark("LS-PRESET-TOOLS", source, entry.at, fills)
    elif flag.value == "removed" or (seen.build and flag.last and seen.build > flag.last):
        yield Remark("LS-PRESET-GONE", source, entry.at, fills)
    else:
        yield from _value(presets, entry, fills)


def _unknown(presets: Presets, entry: PresetLine, fills: dict[str, object]) -> Remark:
    plain = entry.key.lstrip("-").replace("_", "-")
    found = known.find(f"--{plain}") or known.find(f"-{plain}")
    meant = plain if found is not None else _near(f"--{plain}").lstrip("-")
    at = entry.at
    edits = (Edit(at, at + len(entry.key), meant),) if found is not None and meant else ()
    instead = f"Write {meant}." if meant else "Keys are the names of flags, without their dashes."
    return Remark("LS-PRESET-UNKNOWN", presets.part.source, at, {**fills, "instead": instead}, edits=edits)


def _value(presets: Presets, entry: PresetLine, fills: dict[str, object]) -> Iterator[Remark]:
    source, flag, value = presets.part.source, entry.flag, entry.value
    if flag is None:
        return
    if in_quotes(value) and flag.value != "json":
        edits = (Edit(entry.value_at, entry.end, value[1:-1]),)
        yield Remark("LS-PRESET-QUOTES", source, entry.at, fills, edits=edits)
    elif flag.value in _PATHS and (value.startswith("~") or re.search(r"\$\{?\w|%\w+%", value)):
        yield Remark("LS-PRESET-HOME", source, entry.at, fills)
    elif flag.value != "switch" and (found := values.trouble(flag, value)) is not None:
        rule = "LS-PRESET-VALUE" if found.kind == "refused" else "LS-PRESET-CUT"
        yield Remark(rule, source, entry.at, {**fills, "wanted": found.wanted, "read": found.read})
