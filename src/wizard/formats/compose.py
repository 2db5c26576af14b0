"""Writing Compose files: YAML that 1.1 and 1.2 readers take for the same values, whatever the strings contain.

Strings are always in double quotes, so no word turns into a boolean, number or null, and every `$` is doubled, so
Compose replaces no variables except in `Interpolated`. Compose does not interpolate keys, so they stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

from wizard.fast_start import regex
from wizard.formats.source import require_encodable


@dataclass(frozen=True)
class Interpolated:
    """Text that ends in a variable, which Compose puts in."""

    text: str
    name: str
    otherwise: str
    """The value if the variable is unset or empty."""


@dataclass(frozen=True)
class Explained:
    """A value below a comment of one line."""

    value: Value
    why: str


Value: TypeAlias = "str | int | Interpolated | Explained | Sequence[Value] | dict[str, Any] | None"

_SCALARS = (int, Interpolated)
_PLAIN = regex(r"[ !#%-\[\]-~]*")
_PLAIN_KEY = regex(r"[A-Za-z_][A-Za-z0-9_.-]*")
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


def dump(document: dict[str, Any], indent: str = "") -> str:
    """A Compose file, or an indented part of one."""
    lines: list[str] = []
    _mapping(lines, document, indent)
    return "\n".join([*lines, ""]) if document else "{}\n"


def _mapping(lines: list[str], mapping: dict[str, Any], indent: str) -> None:
    for key, value in mapping.items():
        _item(lines, f"{indent}{_key(key)}:", value, indent)


def _item(lines: list[str], head: str, value: Value, indent: str) -> None:
    if isinstance(value, str):  # nearly every value
        lines.append(f"{head} {interpolated(value)}")
    elif isinstance(value, Explained):
        lines.append(f"{indent}# {_printed(value.why)}")
        _item(lines, head, value.value, indent)
    elif isinstance(value, _SCALARS) or not value:
        lines.append(f"{head} {_scalar(value)}")
    elif isinstance(value, dict):
        lines.append(head)
        _mapping(lines, value, indent + "  ")
    else:
        lines.append(head)
        _sequence(lines, value, indent + "  ")


def _sequence(lines: list[str], items: Sequence[Value], indent: str) -> None:
    for item in items:
        if isinstance(item, dict) and item:
            first = len(lines)
            _mapping(lines, item, indent + "  ")
            # The first key of a mapping stands on the line of its dash.
            lines[first] = f"{indent}- {lines[first].lstrip()}"
        else:
            _item(lines, f"{indent}-", item, indent)


def _scalar(value: Value) -> str:
    if isinstance(value, Interpolated):
        return string(f"{value.text.replace('$', '$$')}${{{value.name}:-{value.otherwise}}}")
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "{}" if isinstance(value, dict) else "[]"


@lru_cache(maxsize=512)
def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _WORDS else string(key)


def _printed(text: str) -> str:
    """A text in which nothing ends the line or stays unseen."""
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
