"""Makefiles, read as scripts of the same length."""

from __future__ import annotations

import re

_RECIPE = re.compile(r"(?m)^(?<!\\\n)(?<!\\\r\n)\t[ \t@+-]*")
"""What comes before a command; a line that continues one begins with its words."""
_ASSIGNED = re.compile(r"(?m)^([A-Za-z_]\w*)[ \t]*(?::{0,2}|\?)=[ \t]*(?=[^\s]+[ \t]*$)")
"""A variable whose value is one word."""
_FILLED = re.compile(r"\$\(([A-Za-z_]\w*)\)")


def as_shell(text: str) -> str:
    """The variables and recipe commands as a shell would get them, each at its own place."""
    text = _RECIPE.sub(lambda found: " " * len(found.group()), text)
    text = _ASSIGNED.sub(lambda found: f"{found[1]}=".rjust(len(found.group())), text)
    return _FILLED.sub(r"${\1}", text)
