"""Gateways: what an nginx in front of a model server answers otherwise than it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.check.gateway_caching import cached_for_all
from wizard.check.gateway_origins import ASKED, of_header, of_map, several
from wizard.formats.nginx import Directive, read
from wizard.formats.source import SourceError
from wizard.observed.remark import Remark
from wizard.observed.source import Source

_ORIGIN = "access-control-allow-origin"
_COOKIES = "access-control-allow-credentials"


def find(source: Source) -> Iterator[Remark]:
    """Remarks about one configuration that nginx would read."""
    try:
        directives = read(source.text)
    except SourceError as error:
        at = sum(len(row) + 1 for row in source.rows[: error.line - 1]) + error.column - 1
        yield Remark("GATEWAY-SYNTAX", source, at, {"message": error.title})
        return
    maps = {e.values[-1]: e for e in _all(directives) if e.name == "map" and e.values[:1] == (ASKED,)}
    yield from _block(source, directives, _Around(), maps)
    for each in maps.values():
        if not _only_logged(directives, each):
            yield from of_map(source, each)


def _all(directives: Sequence[Directive]) -> Iterator[Directive]:
    for each in directives:
        yield each
        yield from _all(each.block or ())


def _only_logged(directives: Sequence[Directive], chosen: Directive) -> bool:
    """Whether what a map chooses goes into the log and decides nothing."""
    name = chosen.values[-1]
    users = [each for each in _all(directives) if each is not chosen and any(name in value for value in each.values)]
    return bool(users) and all(each.name == "log_format" for each in users)


class _Around(NamedTuple):
    """What the blocks around one give it."""

    names: tuple[str, ...] = ()
    """Of the headers, where it has none of its own."""
    sent: tuple[Directive, ...] = ()
    """more_set_headers, which add up."""


def _block(
    source: Source, directives: Sequence[Directive], around: _Around, maps: Mapping[str, Directive]
) -> Iterator[Remark]:
    headers = [each for each in directives if each.name == "add_header"]
    names = tuple(_name(each) for each in headers)
    sent = (*around.sent, *(each for each in directives if each.name == "more_set_headers"))
    yield from _headers(source, headers)
    yield from _caches(source, directives, sent, maps)
    if (
        headers
        and _ORIGIN in around.names
        and _ORIGIN not in names
        and any(each.name == "proxy_pass" for each in directives)
    ):
        yield Remark("GATEWAY-INHERITANCE", source, headers[0].start)
    for each in directives:
        if each.name == "proxy_pass_header" and _ORIGIN in _lower(each) and _ORIGIN in (*names, *around.names):
            yield Remark("GATEWAY-TWO-ORIGINS", source, each.start)
        if each.block is not None and each.name != "map":
            yield from _block(source, each.block, _Around(names or around.names, sent), maps)


def _name(header: Directive) -> str:
    return header.values[0].lower() if header.values else ""


def _value(header: Directive) -> str:
    return header.values[1] if len(header.values) > 1 else ""


def _lower(directive: Directive) -> tuple[str, ...]:
    return tuple(value.lower() for value in directive.values)


def _headers(source: Source, headers: Sequence[Directive]) -> Iterator[Remark]:
    origins = [each for each in headers if _name(each) == _ORIGIN]
    cookies = next((each for each in headers if _name(each) == _COOKIES and _value(each).lower() == "true"), None)
    yield from _twice(source, origins)
    for number, origin in enumerate(origins):
        if number and _value(origin) in map(_value, origins[:number]):
            continue
        if _value(origin) == "*" and cookies is not None:
            yield Remark("GATEWAY-STAR-COOKIES", source, cookies.start)
        if "always" not in origin.values[2:]:
            yield Remark("GATEWAY-NOT-ALWAYS", source, origin.start)
        yield from of_header(source, origin, cookies is not None)


def _twice(source: Source, origins: Sequence[Directive]) -> Iterator[Remark]:
    """Two that are sent at once: nginx leaves out a header whose value is empty, as a map's may be."""
    for number, each in enumerate(origins):
        for other in origins[:number]:
            if _value(each) == _value(other) or not ("$" in _value(each) and "$" in _value(other)):
                yield Remark("GATEWAY-TWO-ORIGINS", source, each.start)
                break


def _caches(
    source: Source, directives: Sequence[Directive], sent: Sequence[Directive], maps: Mapping[str, Directive]
) -> Iterator[Remark]:
    for each in directives:
        if each.name == "add_header" and _name(each) == _ORIGIN and several(maps, _value(each)):
            if cached_for_all(directives, sent):
                yield Remark("GATEWAY-VARY", source, each.start)
            return
