"""Writing Compose files: YAML that 1.1 and 1.2 readers take for the same values, whatever the strings contain.

Strings are always in double quotes, so no word turns into a boolean, number or null, and every `$` is doubled, so
Compose replaces no variables except in `Interpolated`. Compose does not interpolate keys, so they stay as they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from wizard.formats.source import comment, require_encodable


@dataclass(frozen=True)
class Interpolated:
    """Text that ends in a variable, which Compose puts in."""

    text: str
    name: str
    otherwise: str
    """The value if the variable is unset or empty."""


Value: TypeAlias = "str | int | Interpolated | Sequence[Value] | Mapping[str, Value] | None"
Path: TypeAlias = "tuple[str | int, ...]"

_PLAIN = re.compile(r"[ !#%-\[\]-~]*")
_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def string(value: str) -> str:
    """A double-quoted YAML scalar, without doubling `$`. Raises WizardError for bytes that are no text."""
    if _PLAIN.fullmatch(value):
        return f'"{value}"'
    require_encodable(value, "a YAML file")
    return '"' + "".join(_ESCAPES.get(char) or _printable(char) for char in value) + '"'


@lru_cache(maxsize=2048)  # a key press renders nearly the same strings again
def interpolated(value: str) -> str:
    """A double-quoted scalar that Compose, after replacing variables, reads as `value`."""
    return string(value.replace("$", "$$") if "$" in value else value)


def dump(document: Mapping[str, Value], comments: Mapping[Path, str] | None = None) -> str:
    """A Compose file. `comments` maps a path, such as ("services", "server"), to the lines to put above it."""
    return "".join([f"{text}\n" for _, text in lines(document, comments)])


def lines(document: Mapping[str, Value], comments: Mapping[Path, str] | None = None) -> list[tuple[Path, str]]:
    """The lines of `dump`, each with the path of the value it belongs to."""
    out: list[tuple[Path, str]] = []
    notes = comments or {}
    if () in notes:
        out += (((), text) for text in comment(notes[()]).split("\n"))
    if document:
        _mapping(document, (), "", notes, out)
    else:
        out.append(((), "{}"))
    return out


def _mapping(
    mapping: Mapping[str, Value], path: Path, indent: str, notes: Mapping[Path, str], out: list[tuple[Path, str]]
) -> None:
    for key, value in mapping.items():
        _item(f"{indent}{_key(key)}:", value, (*path, key), indent, notes, out)


def _item(
    head: str, value: Value, path: Path, indent: str, notes: Mapping[Path, str], out: list[tuple[Path, str]]
) -> None:
    if notes and path in notes:
        out += ((path, f"{indent}{text}") for text in comment(notes[path]).split("\n"))
    if not value or isinstance(value, str | int | Interpolated):
        out.append((path, f"{head} {_scalar(value)}"))
        return
    out.append((path, head))
    if isinstance(value, Mapping):
        _mapping(value, path, indent + "  ", notes, out)
    else:
        for position, item in enumerate(value):
            start = len(out)
            _item(f"{indent}  -", item, (*path, position), indent + "  ", notes, out)
            if isinstance(item, Mapping):
                _joined(out, start, f"{indent}  -")


def _joined(out: list[tuple[Path, str]], start: int, dash: str) -> None:
    """Put the first key of a mapping on the line of its dash, unless there is a comment between them."""
    for position in range(start, len(out) - 1):
        if out[position][1] == dash:
            path, text = out[position + 1]
            if not text.lstrip().startswith("#"):
                out[position : position + 2] = [(path, f"{dash} {text.lstrip()}")]
            return


def _scalar(value: Value) -> str:
    if isinstance(value, str):
        return interpolated(value)
    if isinstance(value, Interpolated):
        return string(f"{value.text.replace('$', '$$')}${{{value.name}:-{value.otherwise}}}")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "{}" if isinstance(value, Mapping) else "[]"


@lru_cache(maxsize=512)
def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS else string(key)


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
