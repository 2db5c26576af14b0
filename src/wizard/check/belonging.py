"""Files that were named alone, together with those that belong to them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator

from wizard.check.analysis import Analysis, FileReport
from wizard.check.file_names import COMPOSE
from wizard.check.findings import words
from wizard.observed.source import Source
from wizard.observed.start import Start


def judged(alone: Analysis) -> list[FileReport]:
    """The reports of the files that were named, read together with the Compose file that mounts them.

    Who can connect is said where that is decided: if the Compose file publishes what a named file opens, its report
    follows, with these findings only.
    """
    before = alone.reports()
    both = with_compose(alone)
    if both is alone:
        return before
    after = both.reports()
    named, more = after[: len(before)], after[len(before) :]
    moved = _open(before) - _open(named)
    return [*named, *(part for report in more if (part := _about(report, moved)).remarks)]


def _open(reports: Iterable[FileReport]) -> set[str | None]:
    """The APIs that somebody can reach, as these reports say."""
    return {line.api for report in reports for line in words(report) if line.effect == "exposes" and line.api}


def _about(report: FileReport, apis: set[str | None]) -> FileReport:
    """What of a report says who can reach some APIs."""
    kept = tuple(line.remark for line in words(report) if line.effect == "exposes" and line.api in apis)
    return report._replace(remarks=kept)


def with_compose(alone: Analysis) -> Analysis:
    """The analysis with the Compose file that mounts what was named, in the same folder or the one above; unchanged
    if none does.

    `alone` must have been asked for its reports before.
    """
    if any(each.start is not None for each in alone.observed) or not alone.observed:
        return alone
    mine = {part.source.key for each in alone.observed for part in each.parts}
    for place in dict.fromkeys(place for path in mine for place in _places(path)):
        compose = alone.load(place)
        if compose is not None and mine & _read_by(alone, compose):
            return _together(alone, [compose])
    return alone


def _read_by(alone: Analysis, compose: Source) -> set[str]:
    """The files that the servers of a Compose file read."""
    named = {path: found.source for path, found in alone.found.items()}
    its_own = Analysis(lambda path: named.get(posixpath.normpath(path)) or alone.load(path), folder=alone.folder)
    its_own.add(compose)
    its_own.reports()
    return {part.source.key for each in its_own.observed if each.start for part in each.parts}


def _places(path: str) -> Iterator[str]:
    """Where a Compose file may lie that mounts a file."""
    folder = posixpath.dirname(path)
    for near in (folder, posixpath.dirname(folder)) if folder else ("",):
        yield from (posixpath.join(near, name) for name in COMPOSE)


def whole(named: Analysis) -> Analysis:
    """The analysis with the Compose file that mounts what was named, and with every file that its servers read.

    `named` must have been asked for its reports before.
    """
    started = with_compose(named)
    parts = {part.source.key: part.source for each in started.observed for part in each.parts}
    more = [source for path, source in parts.items() if path not in started.found]
    return _together(started, more) if more else started


def _together(named: Analysis, more: Iterable[Source]) -> Analysis:
    both = Analysis(named.load, named.expected, named.folder)
    for source in (*(each.source for each in named.found.values()), *more):
        both.add(source)
    both.reports()
    return both


def beside(analysis: Analysis, start: Start, name: str) -> Source | None:
    """A file in the folder of what starts a process, or below it, as generated files lie there."""
    path = posixpath.normpath(posixpath.join(start.source.folder, name))
    known = analysis.found.get(path)
    return known.source if known is not None else analysis.load(path)
