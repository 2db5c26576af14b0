"""Whether caches could give one page an answer from nginx that was meant for another."""

from __future__ import annotations

from collections.abc import Sequence

from wizard.check.gateway_headers import added, replaced
from wizard.formats.nginx import Directive


def cached_for_all(directives: Sequence[Directive], sent: Sequence[Directive]) -> bool:
    """Whether a block's answers may be cached without telling caches that they differ by origin.

    `sent`: the more_set_headers (of the headers-more module) in force there.
    """
    headers = (*added(directives), *replaced(sent))
    return not (_only_preflights(directives) or any(_told(each.name, each.value) for each in headers))


def _told(name: str, value: str) -> bool:
    value = value.lower()
    if name == "vary":
        return "origin" in value or "*" in value or "$" in value
    return name == "cache-control" and "no-store" in value


def _only_preflights(directives: Sequence[Directive]) -> bool:
    """Whether the block only answers without a body: no cache keeps the answer to OPTIONS."""
    empty = any(each.name == "return" and each.values in (("204",), ("200",), ("200", "")) for each in directives)
    return empty and not any(each.name.endswith("_pass") for each in directives)
