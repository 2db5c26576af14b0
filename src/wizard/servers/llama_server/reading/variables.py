"""Files of environment variables: `NAME=VALUE`, one per line."""

from __future__ import annotations

from typing import NamedTuple

from wizard.fast_start import regex
from wizard.formats.shell_words import in_quotes
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import Variable

_LINE = regex(r"[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*")


class Variables(NamedTuple):
    """One file."""

    part: SourcePart
    variables: tuple[Variable, ...]


class Placed(NamedTuple):
    """A variable and the text it is in."""

    variable: Variable
    source: Source


def read(part: SourcePart) -> Variables:
    """The assignments; quotes around a value are not part of it."""
    found = []
    for begin, row in part.region.lines():
        match = _LINE.match(row)
        if match is None:
            continue
        raw = row[match.end() :].rstrip()
        value = raw[1:-1] if in_quotes(raw) else raw
        at = part.origin(begin + match.start(1))
        end = at + len(row.rstrip()) - match.start(1)
        found.append(Variable(match[1], value, at, at + match.end() - match.start(1), end, "$" in value))
    return Variables(part, tuple(found))
