"""The headers that an nginx configuration adds: add_header, and more_set_headers of the headers-more module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wizard.formats.nginx import Directive

ORIGIN = "access-control-allow-origin"
COOKIES = "access-control-allow-credentials"
MORE = "more_set_headers"


class SentHeader(NamedTuple):
    """One header. `name` in lower case; `always`: on errors too; `replaces`: it replaces a header of the same name."""

    name: str
    value: str
    start: int
    always: bool
    replaces: bool = False


def added(directives: Sequence[Directive]) -> Iterator[SentHeader]:
    """Those that add_header adds in a block itself."""
    for each in directives:
        if each.name == "add_header" and each.values:
            value = each.values[1] if len(each.values) > 1 else ""
            yield SentHeader(each.values[0].lower(), value, each.start, "always" in each.values[2:])


def replaced(directives: Sequence[Directive]) -> Iterator[SentHeader]:
    """Those that more_set_headers sets in a block itself. `-s` and `-t` say for which answers."""
    for each in directives:
        if each.name != MORE:
            continue
        option = False
        for text in each.values:
            name, colon, value = text.partition(":")
            if colon and not option:
                yield SentHeader(name.strip().lower(), value.strip(), each.start, True, True)
            option = text in ("-s", "-t")
