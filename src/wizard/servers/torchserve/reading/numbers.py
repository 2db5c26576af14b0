"""Numbers as Java reads them, which is how the server reads those in config.properties."""

from __future__ import annotations

import re

from wizard.fast_start import regex

_WHOLE = regex(r"[+-]?(?:(?![\U00010000-\U0010ffff])\d){1,30}")
"""Integer.parseInt takes decimal digits of every script, char by char: none beyond U+FFFF, which are two chars each
(0.12.0, measured)."""
_REAL = regex(
    r"[\0- ]*([+-]?)(?:(NaN|Infinity)|((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)[fFdD]?)[\0- ]*", re.ASCII
)
"""Double.valueOf, without its hexadecimal form; the digits are those of ASCII."""


def whole(text: str) -> int | None:
    """The number that Integer.parseInt reads from a text, of any size; None if it raises."""
    return int(text) if _WHOLE.fullmatch(text) else None


def real(text: str) -> float | None:
    """The number that Double.valueOf reads from a text; None if it raises."""
    found = _REAL.fullmatch(text)
    return float(f"{found[1]}{found[2] or found[3]}") if found else None
