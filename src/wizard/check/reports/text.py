"""For people: each finding with the line it is about and a caret under the place."""

from __future__ import annotations

import posixpath
import textwrap
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from wizard.check import masking
from wizard.check.analysis import FileReport
from wizard.check.findings import ReportLine
from wizard.check.reports.machine import NO_HEADS
from wizard.fast_start import regex
from wizard.formats.shell import pasted
from wizard.observed.source import Source
from wizard.severity import SEVERITIES, SYMBOLS, severity_in_words

if TYPE_CHECKING:
    from wizard.check.running import Head

_EFFECTS = {
    "fails": "does not start or is not served",
    "ignored": "has no effect",
    "differs": "behaves differently than it looks",
    "exposes": "more open than it looks",
    "style": "style",
}
_MARKS = {**SYMBOLS, "info": "·"}
_TABS = 4
_NAMED = 8
"""Most files that a command to paste names one by one."""
_ANSWERS = regex(r"(?m)^server[ \t]*=[ \t]*\"")

Colour = Callable[[str, str], str]


def as_text(
    reports: Sequence[tuple[FileReport, list[ReportLine]]],
    colour: Colour,
    width: int,
    heads: Mapping[str, Head] = NO_HEADS,
) -> Iterator[str]:
    """Lines to print. `colour` takes a text and a severity; `width` is the terminal's, in columns."""
    for report, lines in reports:
        about = heads.get(report.source.path)
        if not lines and about is None:
            continue
        head = report.source.shown if report.source.path != "-" else "standard input"
        yield head
        for text in about.lines() if about is not None else ():
            yield from _wrapped(text, width, "  ", "          ")
        for line in lines:
            yield from _finding(report, line, colour, width)
        yield ""
    yield from _summary(reports, heads)


def _finding(report: FileReport, line: ReportLine, colour: Colour, width: int) -> Iterator[str]:
    word = severity_in_words(line.severity)
    place = f"{line.line}:{line.column}" if line.line else "whole file"
    yield f"  {colour(f'{_MARKS[line.severity]} {word}', line.severity)}, {_EFFECTS[line.effect]}  {place}  {line.id}"
    if line.line is not None and line.column is not None:
        yield from _source(report, line.line, line.column, width)
    yield from _wrapped(line.message, width, "    ")
    if line.why:
        yield from _wrapped(line.why, width, "    ")
    if line.instead:
        yield from _wrapped(f"→ {line.instead}", width, "    ", "      ")


def _source(report: FileReport, number: int, column: int, width: int) -> Iterator[str]:
    rows = report.source.rows
    if number > len(rows):
        return
    row, column = masking.line(report.source.text, number, column)
    # A line may be as long as the file: only what is near the place is looked at.
    room = max(20, width - 8)
    start = max(0, column - 1 - room // 2) if len(row) > room else 0
    row = row[start : start + room].rstrip("\r")
    before = row[: column - 1 - start].expandtabs(_TABS)
    shown = row.expandtabs(_TABS)
    if not shown.isprintable():
        shown = "".join(char if char.isprintable() else "�" for char in shown)
    yield f"    │ {shown[:room]}"
    yield f"    │ {' ' * len(before)}^"


def _wrapped(text: str, width: int, indent: str, later: str = "") -> list[str]:
    if len(indent) + len(text) <= width and text and text.isprintable() and text == text.strip():
        return [indent + text]
    return list(_lines(text, width, indent, later))


@lru_cache(maxsize=1024)
def _lines(text: str, width: int, indent: str, later: str) -> Sequence[str]:
    """Most findings of a folder say what others say, too."""
    return textwrap.wrap(
        text, max(40, width), initial_indent=indent, subsequent_indent=later or indent, break_on_hyphens=False
    )


def _summary(reports: Iterable[tuple[FileReport, list[ReportLine]]], heads: Mapping[str, Head]) -> Iterator[str]:
    every = list(reports)
    counts = Counter(line.severity for _, lines in every for line in lines)
    known = [report.source.path for report, _ in every if report.kind]
    files = _read_of(known, heads)
    for source in (report.source for report, _ in every if not report.kind):
        yield f"{source.shown}: {_unknown(source)}"
    if not known and not counts:
        return
    if not counts:
        yield f"{files} read, nothing to say."
        return
    yield f"{files} read: " + ", ".join(
        f"{counts[each]} {severity_in_words(each)}" for each in SEVERITIES if counts[each]
    )
    fixable = sum(1 for _, lines in every for line in lines if line.edits)
    if fixable:
        # What was read together is fixed together: alone, a file is judged as if nothing mounted it.
        paths = [path for path in known if path not in heads]
        yield f"{fixable} can be fixed without a decision: serving-wizard fix {_together(paths)}"


def _together(paths: Sequence[str]) -> str:
    """The arguments that name these files: the folder they are in, if they are many."""
    roots = {path[:1] == "/" for path in paths}
    if len(paths) <= _NAMED or len(roots) > 1:
        return " ".join(map(pasted, paths))
    return pasted(posixpath.commonpath(map(posixpath.dirname, paths)) or ".")


def _read_of(known: Sequence[str], heads: Mapping[str, Head]) -> str:
    """What was read: files, or running servers and the files they name."""
    servers = sum(path in heads for path in known)
    files = len(known) - servers
    shown = f"{files} file{'' if files == 1 else 's'}"
    if not servers:
        return shown
    running = f"{servers} running server{'' if servers == 1 else 's'}"
    return f"{running} and {shown}" if files else running


def _unknown(source: Source) -> str:
    if source.name.endswith(".toml") and _ANSWERS.search(source.text):
        path = pasted(source.path)
        return (
            "answers of Serving Wizard, no file of a server. What they make: serving-wizard generate "
            f"{path} --dry-run; who can reach it: serving-wizard reach {path}"
        )
    return "nothing in it belongs to a server that this program knows"
