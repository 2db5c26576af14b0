"""Gateways: what an nginx in front of a model server answers otherwise than it reads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wizard.check.gateway_origins import ASKED, of_header, of_map, several, varies
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
    yield from _block(source, directives, (), maps)
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


def _block(
    source: Source, directives: Sequence[Directive], inherited: tuple[str, ...], maps: Mapping[str, Directive]
) -> Iterator[Remark]:
    headers = [each for each in directives if each.name == "add_header"]
    names = tuple(_name(each) for each in headers)
    yield from _headers(source, headers, maps)
    if (
        headers
        and _ORIGIN in inherited
        and _ORIGIN not in names
        and any(each.name == "proxy_pass" for each in directives)
    ):
        yield Remark("GATEWAY-INHERITANCE", source, headers[0].start)
    for each in directives:
        if each.name == "proxy_pass_header" and _ORIGIN in _lower(each) and _ORIGIN in (*names, *inherited):
            yield Remark("GATEWAY-TWO-ORIGINS", source, each.start)
        if each.block is not None and each.name != "map":
            yield from _block(source, each.block, names or inherited, maps)


def _name(header: Directive) -> str:
    return header.values[0].lower() if header.values else ""


def _lower(directive: Directive) -> tuple[str, ...]:
    return tuple(value.lower() for value in directive.values)


def _headers(source: Source, headers: Sequence[Directive], maps: Mapping[str, Directive]) -> Iterator[Remark]:
    origins = [each for each in headers if _name(each) == _ORIGIN]
    origin = origins[0] if origins else None
    for each in origins[1:]:
        yield Remark("GATEWAY-TWO-ORIGINS", source, each.start)
    cookies = next((each for each in headers if _name(each) == _COOKIES), None)
    if (
        origin is not None
        and origin.values[1:2] == ("*",)
        and cookies is not None
        and _lower(cookies)[1:2] == ("true",)
    ):
        yield Remark("GATEWAY-STAR-COOKIES", source, cookies.start)
    if origin is not None and "always" not in origin.values[2:]:
        yield Remark("GATEWAY-NOT-ALWAYS", source, origin.start)
    if origin is not None:
        yield from of_header(source, origin, cookies is not None and _lower(cookies)[1:2] == ("true",))
        if several(maps, origin.values[1] if len(origin.values) > 1 else "") and not varies(headers):
            yield Remark("GATEWAY-VARY", source, origin.start)
