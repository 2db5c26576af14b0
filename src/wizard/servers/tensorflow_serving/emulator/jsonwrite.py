"""Write JSON in the layout of the server's writer (RapidJSON's PrettyWriter, four blanks), decimals included."""

from __future__ import annotations

import json
import math
from typing import Any

from .tensor import FLOAT, fit


class JsonText(str):
    """Text that is already JSON, such as a decimal number."""

    __slots__ = ()


class OneLine(list[Any]):
    """A list written on one line, with everything in it but objects."""

    __slots__ = ()


class Rows(list[Any]):
    """The list of predictions: items on one line, then the bracket on a line of its own."""

    __slots__ = ()


def decimal(value: float, dtype: int) -> JsonText:
    """Write a float or double: six digits if they read back the same, else all; NaN and Infinity as bare words."""
    if math.isnan(value):
        return JsonText("NaN")
    if math.isinf(value):
        return JsonText("-Infinity" if value < 0 else "Infinity")
    text = f"{value:g}"
    if fit(dtype, float(text)) != value:
        text = f"{value:.{9 if dtype == FLOAT else 17}g}"
    return JsonText(text if "." in text or "e" in text else f"{text}.0")


def pretty(value: Any, indent: int = 4, flat: bool = False) -> str:
    """Return `value` as text; dicts and lists take a line an item, `OneLine`, `Rows` and with `flat` any list one."""
    return _write(value, "\n", " " * indent, flat)


def _write(value: Any, margin: str, indent: str, flat: bool) -> str:
    inner = margin + indent
    if isinstance(value, dict):
        if not value:
            return "{}"
        items = [f"{_string(key)}: {_write(item, inner, indent, flat)}" for key, item in value.items()]
        return "{" + ",".join(inner + item for item in items) + margin + "}"
    if isinstance(value, list):
        flat = flat or isinstance(value, OneLine | Rows)
        if not value:
            return "[]"
        items = [_write(item, inner, indent, flat) for item in value]
        if flat:
            return "[" + ", ".join(items) + (margin if isinstance(value, Rows) else "") + "]"
        return "[" + ",".join(inner + item for item in items) + margin + "]"
    if isinstance(value, JsonText):
        return str(value)
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float):
        return decimal(value, 2)
    return json.dumps(value)


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def encode(text: str) -> bytes:
    """Return the bytes of an answer; bytes that came in as no UTF-8 go out as they came."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")
