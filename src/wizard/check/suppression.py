"""Findings that somebody set aside, with a reason, in the file itself.

A comment `serving-wizard: ignore[RULE, RULE] reason` sets those rules aside for its line, or, standing alone, for the
next line that is no comment; `serving-wizard: ignore-file[RULE] reason` for the whole file. Without a reason it does
not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wizard.observed.remark import Remark
from wizard.observed.source import Source

MARK = "serving-wizard:"
_DIRECTIVE = re.compile(r"serving-wizard:[ \t]*ignore(-file)?[ \t]*\[([^\]\n]*)\][ \t]*([^\n]*)")
_ALONE = re.compile(r"[ \t]*(?:#|//|;|!|rem\b|::|<!--|--)[ \t]*$", re.IGNORECASE)
_COMMENT = re.compile(r"[ \t]*(?:#|//|;|!|rem\b|::|<!--|\r?$)", re.IGNORECASE)
_END = re.compile(r"[ \t]*(?:-->|\*/)?[ \t\r]*$")


class Suppression(NamedTuple):
    """One such comment; `line` is the line it speaks of, None = the whole file."""

    rules: frozenset[str]
    reason: str
    line: int | None
    at: int


def directives(source: Source) -> Iterator[Suppression]:
    """The comments of a file that set findings aside."""
    text = source.text
    if MARK not in text:
        return
    rows = source.rows
    for match in _DIRECTIVE.finditer(text):
        names = frozenset(name.strip().upper() for name in match[2].split(",") if name.strip())
        reason = _END.sub("", match[3])
        number = source.at(match.start())[0]
        row = rows[number - 1]
        before = row[: match.start() - text.rfind("\n", 0, match.start()) - 1]
        line: int | None = number
        if match[1]:
            line = None
        elif _ALONE.match(before):
            line = next((n for n in range(number + 1, len(rows) + 1) if not _COMMENT.match(rows[n - 1])), number)
        yield Suppression(names, reason, line, match.start())


def set_aside(source: Source, remarks: Iterable[Remark]) -> list[Remark]:
    """The remarks that are left, with one about each directive that does not count or is not needed."""
    listed = list(directives(source))
    if not listed:
        return list(remarks)
    used: set[int] = set()
    left = []
    for remark in remarks:
        line = None if remark.at is None else source.at(remark.at)[0]
        hit = next((d for d in listed if d.reason and remark.rule in d.rules and d.line in (None, line)), None)
        if hit is None:
            left.append(remark)
        else:
            used.add(hit.at)
    return left + list(_about(source, listed, used))


def _about(source: Source, listed: Sequence[Suppression], used: set[int]) -> Iterator[Remark]:
    for directive in listed:
        shown = ", ".join(sorted(directive.rules)) or "no rule"
        if not directive.reason:
            yield Remark("CHECK-NO-REASON", source, directive.at, {"rules": shown})
        elif directive.at not in used:
            yield Remark("CHECK-UNUSED", source, directive.at, {"rules": shown})
