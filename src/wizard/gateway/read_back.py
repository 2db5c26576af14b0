"""The answers that a gateway's configuration shows, each with its place: the way back from what `nginx.py` writes.

A line is taken for an answer only if it is spelled as this program spells that answer. What is taken for none shows
where the configuration is compared with the one that these answers give (`differences.py`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.formats.nginx import Directive, only, read
from wizard.gateway.layout import TOKEN_CHECK
from wizard.plan import Api, TokenKind

_HOSTS = regex(r"\(\$known_host_(\w+)")
_BODY = regex(r"([0-9]{1,9})m")
_RATE = regex(r"rate=([0-9]{1,9})r/s")
_LISTEN = regex(r"(?:(\[[0-9a-f:.]+\]|[0-9.]+):)?([0-9]{1,5})")


class ShownValue(NamedTuple):
    """A value and its place, as an offset."""

    value: object
    at: int


class ShownHost(NamedTuple):
    """A host name or address by which an API may be called."""

    name: str
    at: int


class ShownApi(NamedTuple):
    """What a gateway's configuration says about one API."""

    api: Api
    at: int
    listens: tuple[tuple[str, int], ...]
    """(address, port); "" is every IPv4 address, "::" every IPv6 address."""
    token: TokenKind
    token_at: int
    rule: Mapping[str, ShownValue]
    """The fields of its CorsRule."""
    hosts: tuple[ShownHost, ...]
    certificate: ShownValue | None
    key: ShownValue | None


class ShownGateway(NamedTuple):
    """What a gateway's configuration says; None where it says nothing that is an answer."""

    directives: tuple[Directive, ...]
    apis: tuple[ShownApi, ...]
    max_body_mib: ShownValue | None
    requests_per_second: ShownValue | None


def read_back(text: str) -> ShownGateway | None:
    """The answers behind a configuration; None if it was not made by this program, or if nginx refuses it."""
    try:
        directives = read(text)
    except WizardError:
        return None
    http = next((each for each in directives if each.name == "http"), None)
    if http is None:
        return None
    maps = {each.values[-1]: each for each in http.all("map") if each.values}
    apis = tuple(found for server in http.all("server") if (found := _api(server, maps)) is not None)
    bodies = (ShownValue(int(size[1]), each.start) for each, size in _matching(http, "client_max_body_size", _BODY))
    zones = _matching(http, "limit_req_zone", _RATE)
    rates = (ShownValue(int(rate[1]), each.start) for each, rate in zones if "zone=requests:1m" in each.values)
    rate = next(rates, None)
    # One that lets nobody in has no server block, but its limits are this program's.
    return ShownGateway(directives, apis, next(bodies, None), rate) if apis or rate else None


def _matching(block: Directive, name: str, pattern: re.Pattern[str]) -> Iterator[tuple[Directive, re.Match[str]]]:
    """The directives of that name with a parameter that fits."""
    for each in block.all(name):
        yield from ((each, found) for value in each.values if (found := pattern.fullmatch(value)))


def _api(server: Directive, maps: Mapping[str, Directive]) -> ShownApi | None:
    """One server block; None if it is none of this program's."""
    asked = (_HOSTS.fullmatch(each.values[0]) for each in server.all("if") if each.values)
    api = next((found[1] for found in asked if found), None)
    hosts = maps.get(f"$known_host_{api}")
    if api is None or hosts is None or f"$origin_{api}" not in maps:
        return None
    inside = [each for location in server.all("location") for each in location.block or ()]
    checks = [each for each in inside if each.name == "auth_request" and each.values == (TOKEN_CHECK,)]
    handed = [each for each in inside if each.values == ("Authorization", "$http_authorization")]
    token: TokenKind = "gateway-token" if checks else "server-token" if handed else "none"
    return ShownApi(
        api,
        server.start,
        tuple(_listens(server)),
        token,
        next((each.start for each in (*checks, *handed)), server.start),
        dict(_rule(api, maps)),
        tuple(ShownHost(each.name, each.start) for each in hosts.block or () if each.values == ("1",)),
        _path(server, "ssl_certificate"),
        _path(server, "ssl_certificate_key"),
    )


def _listens(server: Directive) -> Iterator[tuple[str, int]]:
    for each in server.all("listen"):
        found = _LISTEN.fullmatch(each.values[0]) if each.values else None
        if found:
            yield (found[1] or "").strip("[]"), int(found[2])


def _path(server: Directive, name: str) -> ShownValue | None:
    return next((ShownValue(each.values[0], each.start) for each in server.all(name) if each.values), None)


def _rule(api: Api, maps: Mapping[str, Directive]) -> Iterator[tuple[str, ShownValue]]:
    """The fields of the rule, as far as the maps say them in this program's words."""
    origins = maps[f"$origin_{api}"]
    yield "origins", ShownValue([*_origins(origins)], origins.start)
    for field, name in (("methods", "acam"), ("headers", "acah")):
        if (given := _entry(maps, f"${name}_{api}", "1")) is not None:
            yield field, ShownValue([part for part in str(given.value).split(", ") if part], given.at)
    age = _entry(maps, f"$age_{api}", "1")
    if age is not None and (seconds := decimal(str(age.value))) is not None:
        yield "max_age", ShownValue(seconds, age.at)
    cookies = _entry(maps, f"$acac_{api}", "default")
    if cookies is not None:
        yield "credentials", ShownValue(cookies.value == "true", cookies.at)


def _origins(listed: Directive) -> Iterator[str]:
    for each in listed.block or ():
        value = each.values[0] if each.values else ""
        if (each.name, value) == ("default", "*") or (value and each.name == only(value)):
            yield value


def _entry(maps: Mapping[str, Directive], variable: str, key: str) -> ShownValue | None:
    """What a map gives for one of its keys."""
    chosen = maps.get(variable)
    entries = (each for each in (chosen.block or () if chosen is not None else ()) if each.name == key and each.values)
    return next((ShownValue(each.values[0], each.start) for each in entries), None)
