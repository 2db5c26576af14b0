"""Variables as Compose fills them in: `$X`, `${X:-default}`, `$$`."""

from __future__ import annotations

from collections.abc import Mapping

from wizard.fast_start import regex
from wizard.formats.region import Builder, Region

_VARIABLE = regex(r"\$(?:(\$)|\{([A-Za-z_]\w*)(?:(:?[-?+])((?:[^{}]|\{[^}]{0,60}\}){0,300}))?\}|([A-Za-z_]\w*))")

MOST_PUT_IN = 1 << 13
"""Maximum characters that the variables of one text may add; further ones are not replaced."""


def fill(region: Region, known: Mapping[str, str]) -> tuple[Region, bool]:
    """(the text with variables filled in, whether one is left). One that is left is written as `${NAME}`."""
    text = region.text
    if "$" not in text:
        return region, False
    built, at, opened, room = Builder(), 0, False, MOST_PUT_IN
    for match in _VARIABLE.finditer(text):
        built.copy(region, at, match.start())
        at = match.end()
        origin = region.origin(match.start())
        if match[1]:
            built.add("$", origin)
            continue
        name = match[2] or match[5]
        value = known.get(name)
        if match[3] in (":-", "-") and (value is None or (match[3] == ":-" and not value)):
            value = match[4]
        if value is None or len(value) > room:
            opened = True
            value = f"${{{name}}}"
        room -= len(value)
        built.add(value, origin, moving=False)
    built.copy(region, at, len(text))
    return built.region(region.origin(0)), opened
