"""Checking texts that are in no file."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.check.analysis import Analysis, FileReport
from wizard.check.drift import Expected
from wizard.check.together import Load
from wizard.observed.source import Source


def check(
    sources: Iterable[Source], load: Load = lambda _: None, expected: Expected = lambda _: None
) -> list[FileReport]:
    """All findings for some files. `load` reads a neighbouring file by path, None if there is none."""
    analysis = Analysis(load, expected)
    for source in sources:
        analysis.add(source)
    return analysis.reports()
