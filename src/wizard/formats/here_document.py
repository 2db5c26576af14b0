"""What a shell makes of the text of a here-document before a program reads it."""

from __future__ import annotations

import re
from collections.abc import Mapping

from wizard.formats.region import Builder, Region

_FILLED = re.compile(r"\\([$`\\])|\$\{([A-Za-z_]\w*)(?::?-([^${}]*))?\}|\$([A-Za-z_]\w*)|[$`]\(?")


def filled(region: Region, known: Mapping[str, str | None]) -> tuple[Region, bool]:
    """(the text with the variables that are known or have a default, whether something else is filled in)."""
    text = region.text
    if not re.search(r"[$`\\]", text):
        return region, False
    built, at, opened = Builder(), 0, False
    for match in _FILLED.finditer(text):
        built.copy(region, at, match.start())
        at = match.end()
        name = match[2] or match[4]
        value = match[1] or known.get(name or "") or match[3]
        if value is None:
            opened = True
            built.copy(region, match.start(), match.end())
        else:
            built.add(value, region.origin(match.start()), moving=False)
    built.copy(region, at, len(text))
    return built.region(region.origin(0)), opened
