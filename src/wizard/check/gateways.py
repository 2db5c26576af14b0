"""Gateways: where an nginx in front of a model server answers differently than it seems to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.check.gateway_caching import cached_for_all
from wizard.check.gateway_conditions import ASKED, Conditions, condition, variables
from wizard.check.gateway_guards import guards
from wizard.check.gateway_headers import COOKIES, MORE, ORIGIN, SentHeader, added, replaced
from wizard.check.gateway_origins import lets_in_several, of_condition, of_header, of_map, several
from wizard.formats.nginx import Directive, read
from wizard.formats.source import SourceError
from wizard.observed.remark import Remark
from wizard.observed.source import Source


def find(source: Source) -> Iterator[Remark]:
    """Remarks about one configuration that nginx accepts."""
    try:
        directives = read(source.text)
    except SourceError as error:
        at = sum(len(row) + 1 for row in source.rows[: error.line - 1]) + error.column - 1
        yield Remark("GATEWAY-SYNTAX", source, at, {"message": error.title})
        return
    known = Conditions(directives)
    kept = {header.start: found for header, found in guards(directives, known) if found}
    guarded = {start: any(lets_in_several(guard, known) for guard in found) for start, found in kept.items()}
    yield from _block(source, directives, _Around(), _Whole(known.maps, guarded))
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
    """What is accepted by the maps and conditions that decide on the header; others do not matter."""
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
    yield from (header.value for header in (*added((each,)), *replaced((each,))) if header.name == ORIGIN)


class _Whole(NamedTuple):
    """What has to be known about the whole configuration."""

    maps: Mapping[str, Directive]
    guarded: Mapping[int, bool]
    """Start of each header that conditions keep from strangers -> whether those conditions accept several origins."""


class _Around(NamedTuple):
    """What a block inherits from the blocks around it."""

    names: tuple[str, ...] = ()
    """Headers, which are inherited if the block has none of its own."""
    sent: tuple[Directive, ...] = ()
    """more_set_headers, which accumulate."""


def _block(source: Source, directives: Sequence[Directive], around: _Around, whole: _Whole) -> Iterator[Remark]:
    headers = list(added(directives))
    names = tuple(each.name for each in headers)
    own = [each for each in directives if each.name == MORE]
    sent = (*around.sent, *own)
    yield from _headers(source, [*headers, *replaced(own)], [*headers, *replaced(sent)], whole.guarded)
    yield from _caches(source, directives, sent, whole)
    if (
        headers
        and ORIGIN in around.names
        and ORIGIN not in names
        and any(each.name == "proxy_pass" for each in directives)
    ):
        yield Remark("GATEWAY-INHERITANCE", source, headers[0].start)
    for each in directives:
        passed = each.name == "proxy_pass_header" and ORIGIN in (value.lower() for value in each.values)
        if passed and ORIGIN in (*names, *around.names):
            yield Remark("GATEWAY-TWO-ORIGINS", source, each.start)
        if each.block is not None and each.name != "map":
            yield from _block(source, each.block, _Around(names or around.names, sent), whole)


def _headers(
    source: Source, own: Sequence[SentHeader], every: Sequence[SentHeader], guarded: Collection[int]
) -> Iterator[Remark]:
    """What a block's own headers send; `every`: including those of the blocks around it."""
    origins = [each for each in own if each.name == ORIGIN]
    cookies = next((each for each in every if each.name == COOKIES and each.value.lower() == "true"), None)
    yield from _twice(source, [each for each in origins if not each.replaces])
    for origin in {each.value: each for each in reversed(origins)}.values():
        if origin.value == "*" and cookies is not None:
            yield Remark("GATEWAY-STAR-COOKIES", source, cookies.start)
        if not origin.always:
            yield Remark("GATEWAY-NOT-ALWAYS", source, origin.start)
        yield from of_header(source, origin, cookies is not None, origin.start in guarded)


def _twice(source: Source, origins: Sequence[SentHeader]) -> Iterator[Remark]:
    """Two headers sent at once: nginx leaves out a header whose value is empty, as a map's value may be."""
    before = set[str]()
    literal = False
    for each in origins:
        plain = "$" not in each.value
        if before and (plain or literal or each.value in before):
            yield Remark("GATEWAY-TWO-ORIGINS", source, each.start)
        before.add(each.value)
        literal = literal or plain


def _caches(
    source: Source, directives: Sequence[Directive], sent: Sequence[Directive], whole: _Whole
) -> Iterator[Remark]:
    for each in (*added(directives), *replaced(directives)):
        if each.name == ORIGIN and (several(whole.maps, each.value) or whole.guarded.get(each.start)):
            if cached_for_all(directives, sent):
                yield Remark("GATEWAY-VARY", source, each.start)
            return
