"""Gateways: what an nginx in front of a model server answers otherwise than it reads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.check.gateway_caching import cached_for_all
from wizard.check.gateway_conditions import ASKED, Conditions, condition, variables
from wizard.check.gateway_guards import ORIGIN, guards
from wizard.check.gateway_origins import of_condition, of_header, of_map, several
from wizard.formats.nginx import Directive, read
from wizard.formats.source import SourceError
from wizard.observed.remark import Remark
from wizard.observed.source import Source

_COOKIES = "access-control-allow-credentials"


def find(source: Source) -> Iterator[Remark]:
    """Remarks about one configuration that nginx would read."""
    try:
        directives = read(source.text)
    except SourceError as error:
        at = sum(len(row) + 1 for row in source.rows[: error.line - 1]) + error.column - 1
        yield Remark("GATEWAY-SYNTAX", source, at, {"message": error.title})
        return
    known = Conditions(directives)
    kept = {header.start: found for header, found in guards(directives, known) if found}
    yield from _block(source, directives, _Around(), _Whole(known.maps, frozenset(kept)))
    yield from _choices(
        source, directives, known, {guard.start: guard for found in kept.values() for guard in found}.values()
    )


def _all(directives: Sequence[Directive]) -> Iterator[Directive]:
    for each in directives:
        yield each
        yield from _all(each.block or ())


def _choices(
    source: Source, directives: Sequence[Directive], known: Conditions, used: Collection[Directive]
) -> Iterator[Remark]:
    """What those maps and conditions let in that decide on the header; the others are nobody's business."""
    every = list(_all(directives))
    sent = set(variables(*(value for each in every for value in _origins(each))))
    if any(each.name == "include" for each in every):
        named = known.behind(variables(*(value for each in every if each.name != "map" for value in each.values)))
        sent |= known.maps.keys() - named
    asked = [found.variable for guard in used if (found := condition(guard)) is not None]
    deciding = known.behind([*sent, *asked])
    as_is, places = known.passed_on(sent), {guard.start for guard in used}
    for each in every:
        if each.name == "map" and each.values[:1] == (ASKED,) and each.values[-1] in deciding:
            yield from of_map(source, each, each.values[-1] in as_is)
        elif each.start in places or any(
            inner.name == "set" and inner.values[0] in deciding for inner in each.block or ()
        ):
            yield from of_condition(source, each)


def _origins(each: Directive) -> Iterator[str]:
    """What a directive sends as Access-Control-Allow-Origin."""
    if each.name == "add_header" and _name(each) == ORIGIN:
        yield _value(each)
    elif each.name == "more_set_headers":
        yield from (text for text in each.values if text.lower().startswith(ORIGIN))


class _Whole(NamedTuple):
    """What has to be known of the whole configuration."""

    maps: Mapping[str, Directive]
    guarded: frozenset[int]
    """Where the headers start that conditions keep strangers from."""


class _Around(NamedTuple):
    """What the blocks around one give it."""

    names: tuple[str, ...] = ()
    """Of the headers, where it has none of its own."""
    sent: tuple[Directive, ...] = ()
    """more_set_headers, which add up."""


def _block(source: Source, directives: Sequence[Directive], around: _Around, whole: _Whole) -> Iterator[Remark]:
    headers = [each for each in directives if each.name == "add_header"]
    names = tuple(_name(each) for each in headers)
    sent = (*around.sent, *(each for each in directives if each.name == "more_set_headers"))
    yield from _headers(source, headers, whole.guarded)
    yield from _caches(source, directives, sent, whole.maps)
    if (
        headers
        and ORIGIN in around.names
        and ORIGIN not in names
        and any(each.name == "proxy_pass" for each in directives)
    ):
        yield Remark("GATEWAY-INHERITANCE", source, headers[0].start)
    for each in directives:
        if each.name == "proxy_pass_header" and ORIGIN in _lower(each) and ORIGIN in (*names, *around.names):
            yield Remark("GATEWAY-TWO-ORIGINS", source, each.start)
        if each.block is not None and each.name != "map":
            yield from _block(source, each.block, _Around(names or around.names, sent), whole)


def _name(header: Directive) -> str:
    return header.values[0].lower() if header.values else ""


def _value(header: Directive) -> str:
    return header.values[1] if len(header.values) > 1 else ""


def _lower(directive: Directive) -> tuple[str, ...]:
    return tuple(value.lower() for value in directive.values)


def _headers(source: Source, headers: Sequence[Directive], guarded: frozenset[int]) -> Iterator[Remark]:
    origins = [each for each in headers if _name(each) == ORIGIN]
    cookies = next((each for each in headers if _name(each) == _COOKIES and _value(each).lower() == "true"), None)
    yield from _twice(source, origins)
    for origin in {_value(each): each for each in reversed(origins)}.values():
        if _value(origin) == "*" and cookies is not None:
            yield Remark("GATEWAY-STAR-COOKIES", source, cookies.start)
        if "always" not in origin.values[2:]:
            yield Remark("GATEWAY-NOT-ALWAYS", source, origin.start)
        yield from of_header(source, origin, cookies is not None, origin.start in guarded)


def _twice(source: Source, origins: Sequence[Directive]) -> Iterator[Remark]:
    """Two that are sent at once: nginx leaves out a header whose value is empty, as a map's may be."""
    before = set[str]()
    literal = False
    for each in origins:
        plain = "$" not in _value(each)
        if before and (plain or literal or _value(each) in before):
            yield Remark("GATEWAY-TWO-ORIGINS", source, each.start)
        before.add(_value(each))
        literal = literal or plain


def _caches(
    source: Source, directives: Sequence[Directive], sent: Sequence[Directive], maps: Mapping[str, Directive]
) -> Iterator[Remark]:
    for each in directives:
        if each.name == "add_header" and _name(each) == ORIGIN and several(maps, _value(each)):
            if cached_for_all(directives, sent):
                yield Remark("GATEWAY-VARY", source, each.start)
            return
