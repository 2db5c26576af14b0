"""Files of recipes, such as makefiles and justfiles, read as scripts of the same length."""

from __future__ import annotations

import re

from wizard.fast_start import regex
from wizard.formats.region import stand_in

_RECIPE = regex(r"(?m)^(?<!\\\n)(?<!\\\r\n)\t[ \t@+-]*")
"""What comes before a command; a line that continues one begins with its words."""
_ASSIGNED = regex(r"(?m)^([A-Za-z_]\w*)[ \t]*(?::{0,2}|\?)=[ \t]*(?=[^\s]+[ \t]*$)")
"""A variable whose value is one word."""
_FILLED = regex(r"\$\(([A-Za-z_]\w*)\)")
_JUST_RECIPE = regex(r"(?m)^(?<!\\\n)(?<!\\\r\n)[ \t]+[@-]{0,2}[ \t]*")
_JUST_HEAD = regex(r"(?m)^@?[A-Za-z_][^\n:=]*:(?!=)[^\n]*$|^(?:set|mod|import|alias|export|\[)[^\n]*$")
"""The first line of a recipe with its parameters, which may look like a command, and settings."""
_OF_PYTHON = regex(r"(?m)^[ \t]+#![^\n]*\b(?:python3?|node|perl|ruby|uv|nu|pwsh)\b[^\n]*\n(?:[ \t]+[^\n]*\n?|\n)*")
"""A recipe in another language."""
_FISH_SET = regex(r"(?m)(?<![^\n;])[ \t]*set[ \t]+((?:-{1,2}[a-zA-Z]+[ \t]+)*)([A-Za-z_]\w*)[ \t]+([^\n;#]*[^\n;#\s])")
_FISH_WORD = regex(r"(?m)((?:^|;)[ \t]*)((?:and|or|not|begin;?|else)[ \t]+)")
_FISH_COMMAND = regex(r"(?<!\$)\([^()\n]{2,}\)")
_INSERTED = regex(r"\{\{[^{}\n]*\}\}")
_NAMED = regex(r"(?m)^[\w-]+:[ \t]*")


def makefile(text: str) -> str:
    """The variables and recipe commands as a shell would get them, each at its own place."""
    text = _RECIPE.sub(_blank, text)
    text = _ASSIGNED.sub(lambda found: f"{found[1]}=".rjust(len(found.group())), text)
    return _FILLED.sub(r"${\1}", text)


def justfile(text: str) -> str:
    """The same of a justfile; what it fills in is a variable whose value is not known."""
    for pattern in (_OF_PYTHON, _JUST_HEAD, _JUST_RECIPE):
        text = pattern.sub(_blank, text)
    return _INSERTED.sub(lambda found: stand_in(len(found.group())), text)


def procfile(text: str) -> str:
    """The commands of a Procfile, without the names of their processes."""
    return _NAMED.sub(_blank, text)


def fish(text: str) -> str:
    """A script of fish; what it substitutes is a variable whose value is not known."""
    text = _FISH_SET.sub(_fish_set, text)
    text = _FISH_WORD.sub(lambda found: found[1] + " " * len(found[2]), text)
    return _FISH_COMMAND.sub(lambda found: stand_in(len(found.group())), text)


def _fish_set(found: re.Match[str]) -> str:
    """The assignment, exported or not; a list is not known."""
    options, name, value = found[1], found[2], found[3]
    if re.search(r"\s", value) and not re.fullmatch(r"'[^']*'|\"[^\"]*\"", value):
        return _blank(found)
    exported = re.search(r"-[a-zA-Z]*x|--export", options) is not None
    return f"{'export ' * exported}{name}={value}".rjust(len(found.group()))


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\r\n]", " ", found.group())
