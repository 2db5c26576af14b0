"""Which origins a gateway lets read: those it lists in maps, and what it sends as Access-Control-Allow-Origin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from wizard.formats.nginx import Directive
from wizard.observed.remark import Remark
from wizard.observed.source import Source

ASKED = "$http_origin"
_ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^\s,/*A-Z?#\"']+")
"""As browsers write it: scheme, host and port, in small letters, with nothing behind."""
_SETTINGS = frozenset({"default", "hostnames", "volatile", "include"})
_ANY_CHARACTER = re.compile(r"(?<!\\)\.(?![*+?{])")
_SHUT = ("", "0")


def of_header(source: Source, header: Directive, cookies: bool) -> Iterator[Remark]:
    """What stands in add_header Access-Control-Allow-Origin itself."""
    value = header.values[1] if len(header.values) > 1 else ""
    if value == ASKED:
        yield Remark("GATEWAY-REFLECTED", source, header.start, {}, "critical" if cookies else "high")
    elif value == "null":
        yield Remark("GATEWAY-NULL", source, header.start)
    elif value not in ("", "*") and "$" not in value and not _ORIGIN.fullmatch(value):
        yield Remark("GATEWAY-ORIGIN", source, header.start, {"value": value})


def of_map(source: Source, chosen: Directive) -> Iterator[Remark]:
    """What a map of the caller's origin lets in."""
    for entry in chosen.block or ():
        pattern, value = entry.name, entry.values[0] if entry.values else ""
        if value in _SHUT:
            continue
        if pattern.startswith("~"):
            yield from _of_pattern(source, entry)
        elif pattern == "default":
            if value == ASKED:
                yield Remark("GATEWAY-REFLECTED", source, entry.start, {}, "high")
        elif pattern == "null":
            yield Remark("GATEWAY-NULL", source, entry.start)
        elif pattern not in _SETTINGS and pattern and not _ORIGIN.fullmatch(pattern):
            yield Remark("GATEWAY-ORIGIN", source, entry.start, {"value": pattern})


def _of_pattern(source: Source, entry: Directive) -> Iterator[Remark]:
    body = entry.name.lstrip("~").removeprefix("*")
    fills = {"pattern": entry.name}
    if not (body.startswith("^") and re.search(r"(?<!\\)\$$", body)):
        yield Remark("GATEWAY-UNANCHORED", source, entry.start, fills)
    elif _ANY_CHARACTER.search(re.sub(r"\[[^\]]*\]", "", body)):
        yield Remark("GATEWAY-DOT", source, entry.start, fills)


def several(maps: Mapping[str, Directive], value: str) -> bool:
    """Whether a header's value is one of several origins."""
    chosen = maps.get(value)
    entries = [e for e in (chosen.block or ()) if e.values and e.values[0] not in _SHUT] if chosen is not None else []
    return len(entries) > 1 or any(e.name.startswith("~") for e in entries)


def varies(headers: Sequence[Directive]) -> bool:
    """Whether caches are told that answers differ by origin."""
    vary = [h for h in headers if h.values and h.values[0].lower() == "vary"]
    return any("origin" in value.lower() or value == "*" for h in vary for value in h.values[1:])
