"""Which origins a gateway lets read answers: those it lists in maps, and those it sends as Access-Control-Allow-
Origin."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wizard.check.gateway_conditions import ASKED, Condition, Conditions, condition
from wizard.check.gateway_headers import SentHeader
from wizard.fast_start import regex
from wizard.formats.nginx import Directive
from wizard.observed.remark import Remark
from wizard.observed.source import Source

_ORIGIN = regex(r"[a-z][a-z0-9+.-]*://[^\s,/*A-Z?#\"']+")
"""As browsers write it: scheme, host and port in lower case, and nothing after that."""
_SUBDOMAINS = regex(r"\*?\.[^\s:/*,]+")
"""In a map with hostnames: every scheme and label before that domain, without a port (nginx 1.22, measured)."""
_ANY_END = regex(r"[a-z][a-z0-9+.-]*://[^\s,/*]+\.\*")
_SETTINGS = frozenset({"default", "hostnames", "volatile", "include"})
_ANY_CHARACTER = regex(r"(?<!\\)\.(?![*+?{])")
_CHOICE = regex(r"[][\\.*+?(){}|^$]")
_SHUT = ("", "0")


def of_header(source: Source, header: SentHeader, cookies: bool, guarded: bool) -> Iterator[Remark]:
    """Origins written in Access-Control-Allow-Origin itself; `guarded`: conditions keep strangers from it."""
    value = header.value
    if value == ASKED:
        if not guarded:
            yield Remark("GATEWAY-REFLECTED", source, header.start, {}, "critical" if cookies else "high")
    elif value == "null":
        yield Remark("GATEWAY-NULL", source, header.start)
    elif value not in ("", "*") and "$" not in value and not _ORIGIN.fullmatch(value):
        yield Remark("GATEWAY-ORIGIN", source, header.start, {"value": value})


def of_map(source: Source, chosen: Directive, sent: bool) -> Iterator[Remark]:
    """What a map of the caller's origin lets in; `sent`: its value is sent unchanged as Access-Control-Allow-Origin."""
    hosts = any(entry.name == "hostnames" for entry in chosen.block or ())
    for entry in chosen.block or ():
        pattern, value = entry.name, entry.values[0] if entry.values else ""
        if value in _SHUT:
            continue
        if pattern.startswith("~"):
            yield from of_pattern(source, entry, pattern)
        elif pattern == "default":
            if value == ASKED and sent:
                yield Remark("GATEWAY-REFLECTED", source, entry.start, {}, "high")
        elif pattern == "null":
            yield Remark("GATEWAY-NULL", source, entry.start)
        elif hosts and _ANY_END.fullmatch(pattern.lower()):
            yield Remark("GATEWAY-UNANCHORED", source, entry.start, {"pattern": pattern})
        elif pattern not in _SETTINGS and pattern and not (hosts and _SUBDOMAINS.fullmatch(pattern)):
            yield from _of_literal(source, entry, value if sent else "")


def _of_literal(source: Source, entry: Directive, value: str) -> Iterator[Remark]:
    # nginx ignores case when it compares strings of a map; a browser does not when it compares the header.
    if not _ORIGIN.fullmatch(entry.name.lower()):
        yield Remark("GATEWAY-ORIGIN", source, entry.start, {"value": entry.name})
    elif "://" in value and "$" not in value and not _ORIGIN.fullmatch(value):
        yield Remark("GATEWAY-ORIGIN", source, entry.start, {"value": value})


def of_condition(source: Source, guard: Directive) -> Iterator[Remark]:
    """What an `if` about the caller's origin lets in."""
    asked = condition(guard)
    if asked is not None and asked.variable == ASKED and "~" in asked.operator:
        yield from of_pattern(source, guard, asked.operand)


def of_pattern(source: Source, at: Directive, pattern: str) -> Iterator[Remark]:
    """What a regular expression for origins accepts beyond what is intended."""
    body = _body(pattern)
    fills = {"pattern": pattern}
    if not _anchored(body):
        yield Remark("GATEWAY-UNANCHORED", source, at.start, fills)
    elif _ANY_CHARACTER.search(re.sub(r"\[[^\]]*\]", "", body)):
        yield Remark("GATEWAY-DOT", source, at.start, fills)


def _body(pattern: str) -> str:
    return pattern.lstrip("~").removeprefix("*")


def _anchored(body: str) -> bool:
    return body.startswith("^") and re.search(r"(?<!\\)\$$", body) is not None


def several(maps: Mapping[str, Directive], value: str) -> bool:
    """Whether a header's value is one of several origins."""
    chosen = maps.get(value)
    entries = [e for e in (chosen.block or ()) if e.values and e.values[0] not in _SHUT] if chosen is not None else []
    return len(entries) > 1 or any(not _one(e.name) for e in entries)


def _one(key: str) -> bool:
    if not key.startswith("~"):
        return not ("*" in key or key.startswith("."))
    body = _body(key)
    return _anchored(body) and not _CHOICE.search(re.sub(r"\\[^\w\s]|\[[.]\]", "", body[1:-1]))


def lets_in_several(guard: Directive, known: Conditions) -> bool:
    """Whether an `if` that keeps strangers out accepts more than one origin, as far as can be determined."""
    asked = condition(guard)
    if asked is None:
        return False
    deciding = known.behind([asked.variable])
    asking = [guard, *(around for name in deciding for _, around in known.sets.get(name, ()) if around is not None)]
    operands = {found.operator.lstrip("!")[:1] + found.operand for each in asking if (found := _about_origin(each))}
    listed = any(several(known.maps, name) for name in deciding if name in known.maps)
    return listed or len(operands) > 1 or any(not _one(each.removeprefix("=")) for each in operands)


def _about_origin(guard: Directive) -> Condition | None:
    asked = condition(guard)
    return asked if asked is not None and asked.variable == ASKED else None
