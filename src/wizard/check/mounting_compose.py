"""A configuration file that was named alone, together with the Compose file of its folder that mounts it."""

from __future__ import annotations

import posixpath

from wizard.check.analysis import Analysis
from wizard.check.layered_compose import FIRST


def with_compose(alone: Analysis) -> Analysis:
    """The analysis with that Compose file added; unchanged if no such file uses what was named.

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
            both = Analysis(alone.load, alone.expected, alone.folder)
            for source in (*(each.source for each in alone.found.values()), compose):
                both.add(source)
            both.reports()
            if any(each.start and mine & {part.source.path for part in each.parts} for each in both.observed):
                return both
    return alone
