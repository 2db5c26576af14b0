"""Where a gateway's configuration says something else than the one that its answers give, directive by directive.

Comments, blanks and quotes are no difference; the order is one, since nginx takes the first expression that matches.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.nginx import Directive


class GatewayDifference(NamedTuple):
    """A directive that is here and not in the other configuration, the other way round, or otherwise in it."""

    what: str
    """Its name and what it is about. No other values: somebody may have put a secret there."""
    at: int
    """Its place; for what is only in the other, that of the block that lacks it."""
    here: bool
    there: bool


def differences(here: Sequence[Directive], there: Sequence[Directive]) -> tuple[GatewayDifference, ...]:
    """What differs between a configuration and the one that its answers give."""
    return tuple(_between(here, there, "", 0))


def _between(
    here: Sequence[Directive], there: Sequence[Directive], inside: str, at: int
) -> Iterator[GatewayDifference]:
    mine, others = [_key(each) for each in here], [_key(each) for each in there]
    for kind, a, b, c, d in SequenceMatcher(None, mine, others, autojunk=False).get_opcodes():
        if kind == "equal":
            for one, other in zip(here[a:b], there[c:d], strict=True):
                if one.block is not None and other.block is not None:
                    yield from _between(one.block, other.block, _named(one, inside), one.start)
            continue
        left = {_named(each, inside): each for each in there[c:d]}
        for each in here[a:b]:
            yield GatewayDifference(
                _named(each, inside), each.start, True, left.pop(_named(each, inside), None) is not None
            )
        yield from (GatewayDifference(what, at, False, True) for what in left)


def _key(each: Directive) -> tuple[object, ...]:
    """What makes two directives the same, but for what is in their braces."""
    if each.name != "server" or each.block is None:
        return each.name, each.values, each.block is None
    # A server block has no name, but the one of the hosts that it lets in.
    return "server", *(inner.values[:1] for inner in each.block if inner.name == "if")


def _named(each: Directive, inside: str) -> str:
    """A directive for people, without values that could be a secret."""
    if inside.startswith("map "):
        return f"an entry of {inside}"
    if each.name == "location":
        return " ".join((each.name, *each.values))
    if each.name == "map":
        return f"map {each.values[-1] if each.values else ''}"
    if each.name in ("if", "set"):
        asked = _VARIABLE.match(each.values[0]) if each.values else None
        return f"{each.name} {asked[1]}" if asked else each.name
    return " ".join((each.name, *(each.values[:1] if each.name in _SHOWN else ())))


_VARIABLE = regex(r"\(?[ ]*(\$\w+)")
_SHOWN = frozenset(
    {
        "add_header", "allow", "auth_request", "deny", "include", "limit_conn", "limit_req", "limit_req_zone", "listen",
        "proxy_hide_header", "proxy_set_header", "grpc_set_header", "upstream",
    }
)  # fmt: skip
"""Directives that are told apart by their first value."""
