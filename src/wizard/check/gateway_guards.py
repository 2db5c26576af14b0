"""Which `if`s of an nginx configuration keep strangers from a header that returns the caller's origin."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from wizard.check.gateway_conditions import ASKED, Conditions
from wizard.check.gateway_headers import ORIGIN, added, replaced
from wizard.formats.nginx import Directive


def guards(
    directives: Sequence[Directive], known: Conditions, around: tuple[Directive, ...] = ()
) -> Iterator[tuple[Directive, tuple[Directive, ...]]]:
    """Each directive that returns the origin unchanged, with the `if`s that keep strangers from it."""
    refusing = tuple(each for each in directives if _refuses(each) and known.keeps_out(each, refuses=True))
    starts = [each.start for each in refusing]
    for each in directives:
        if any(h.name == ORIGIN and h.value == ASKED for h in (*added((each,)), *replaced((each,)))):
            yield each, (*around, *refusing)
        if each.block is None or each.name == "map":
            continue
        first = refusing[: bisect_left(starts, each.start)] if _ends(each) else refusing
        inside = (each,) if known.keeps_out(each, refuses=False) else ()
        yield from guards(each.block, known, (*around, *first, *inside))


def _refuses(each: Directive) -> bool:
    return each.name == "if" and any(
        inner.name == "return" and inner.values and re.fullmatch(r"[45]\d\d", inner.values[0])
        for inner in each.block or ()
    )


def _ends(each: Directive) -> bool:
    """Whether nginx ignores what follows an `if`."""
    return each.name == "if" and any(inner.name in ("return", "break", "rewrite") for inner in each.block or ())
