"""Findings that a comment in the file suppresses, with a reason.

A comment `serving-wizard: ignore[RULE, RULE] reason` suppresses those rules for its line, or, on a line of its own, for
the next line that is not a comment, with all that continue it: no comment can stand between them.
`serving-wizard: ignore-file[RULE] reason` is for the whole file. Without a reason, it has no effect.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.observed.source import Source

MARK = "serving-wizard:"
_DIRECTIVE = regex(r"serving-wizard:[ \t]*ignore(-file)?[ \t]*\[([^\]\n]*)\][ \t]*([^\n]*)")
_ALONE = regex(r"[ \t]*(?:#|//|;|!|rem\b|::|<!--|--)[ \t]*$", re.IGNORECASE)
_COMMENT = regex(r"[ \t]*(?:#|//|;|!|rem\b|::|<!--|\r?$)", re.IGNORECASE)
_CONTINUES = regex(r"(?:^|[^\\])(?:\\\\)*\\\r?$|[ \t]`\r?$")
"""How a line ends that goes on in the next one, for a shell or a properties file and for PowerShell."""
_ENDS = ("-->", "*/")
"""How a block comment ends."""


class Suppression(NamedTuple):
    """One such comment; `line` is the line it applies to, None = the whole file."""

    rules: frozenset[str]
    reason: str
    line: int | None
    at: int


def directives(source: Source) -> Iterator[Suppression]:
    """The comments in a file that suppress findings."""
    text = source.text
    if MARK not in text:
        return
    following = _following(source.rows)
    for match in _DIRECTIVE.finditer(text):
        names = frozenset(name.strip().upper() for name in match[2].split(",") if name.strip())
        reason = match[3].rstrip(" \t\r")
        reason = next((reason.removesuffix(end) for end in _ENDS if reason.endswith(end)), reason).rstrip(" \t")
        number = source.at(match.start())[0]
        row = source.rows[number - 1]
        before = row[: match.start() - text.rfind("\n", 0, match.start()) - 1]
        line: int | None = number
        if match[1]:
            line = None
        elif _ALONE.match(before):
            line = following[number] or number
        yield Suppression(names, reason, line, match.start())


def _following(rows: Sequence[str]) -> list[int]:
    """For each line, counted from 1, the number of the next one that is not a comment; 0 = there is none."""
    found = [0] * (len(rows) + 1)
    for number in range(len(rows) - 1, 0, -1):
        found[number] = found[number + 1] if _COMMENT.match(rows[number]) else number + 1
    return found


def _begun(rows: Sequence[str]) -> list[int]:
    """For each line, counted from 1, the number of the one that it continues; its own if it continues none."""
    found = list(range(len(rows) + 1))
    for number in range(2, len(rows) + 1):
        before = rows[number - 2]
        if _CONTINUES.search(before) and not _COMMENT.match(before):
            found[number] = found[number - 1]
    return found


def set_aside(source: Source, remarks: Iterable[Remark]) -> list[Remark]:
    """The remaining remarks, with one about each comment that has no effect or is not needed."""
    listed = list(directives(source))
    if not listed:
        return list(remarks)
    spoken_of: dict[tuple[int | None, str], int] = {}
    for directive in listed:
        for rule in directive.rules if directive.reason else ():
            spoken_of.setdefault((directive.line, rule), directive.at)
    begun = _begun(source.rows)
    used: set[int] = set()
    left = []
    for remark in remarks:
        line = None if remark.at is None else source.at(remark.at)[0]
        lines = {None, line, None if line is None else begun[line]}
        hits = [at for where in lines if (at := spoken_of.get((where, remark.rule))) is not None]
        if hits:
            used.add(min(hits))
        else:
            left.append(remark)
    return left + list(_about(source, listed, used))


def _about(source: Source, listed: Sequence[Suppression], used: set[int]) -> Iterator[Remark]:
    for directive in listed:
        shown = ", ".join(sorted(directive.rules)) or "no rule"
        if not directive.reason:
            yield Remark("CHECK-NO-REASON", source, directive.at, {"rules": shown})
        elif directive.at not in used:
            yield Remark("CHECK-UNUSED", source, directive.at, {"rules": shown})
