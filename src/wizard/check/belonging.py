"""Files that were named alone, together with those that belong to them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from wizard.check.analysis import Analysis
from wizard.check.layered_compose import FIRST
from wizard.observed.source import Source


def with_compose(alone: Analysis) -> Analysis:
    """The analysis with the Compose file of the same folder that mounts what was named; unchanged if none does.

    `alone` must have been asked for its reports before.
    """
    if any(each.start is not None for each in alone.observed) or not alone.observed:
        return alone
    mine = {part.source.path for each in alone.observed for part in each.parts}
    for folder in dict.fromkeys(posixpath.dirname(path) for path in mine):
        for name in FIRST:
            compose = alone.load(posixpath.join(folder, name))
            if compose is None:
                continue
            both = _together(alone, [compose])
            if any(each.start and mine & {part.source.path for part in each.parts} for each in both.observed):
                return both
    return alone


def whole(named: Analysis) -> Analysis:
    """The analysis with the Compose file that mounts what was named, and with every file that its servers read.

    `named` must have been asked for its reports before.
    """
    started = with_compose(named)
    parts = {posixpath.normpath(part.source.path): part.source for each in started.observed for part in each.parts}
    more = [source for path, source in parts.items() if path not in started.found]
    return _together(started, more) if more else started


def _together(named: Analysis, more: Iterable[Source]) -> Analysis:
    both = Analysis(named.load, named.expected, named.folder)
    for source in (*(each.source for each in named.found.values()), *more):
        both.add(source)
    both.reports()
    return both
