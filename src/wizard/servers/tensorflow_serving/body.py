"""Whether the server can use the body of a prediction (json_tensor.cc, evhttp_request.cc; 2.20.0).

Only yes or no: what the server says about a body it refuses is not predicted.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping
from typing import Any

from wizard.fast_start import regex
from wizard.servers.tensorflow_serving import json_numbers

_BLANKS = regex(r"[ \t\r\n]*")
_STRING = regex(
    r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u(?![dD][89abAB])[0-9a-fA-F]{4}'
    r'|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))*+"'
)
_NUMBER = regex(r"-?(?:NaN|Inf(?:inity)?|(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?)")
_WORDS = {"null": None, "true": True, "false": False}
_CLOSES = {"[": "]", "{": "}"}
_MARK = b"\xef\xbb\xbf"
_LARGEST = 100 << 20
"""Maximum unpacked size of a gzip body, as it announces itself (gzip_zlib.h:100)."""
_WHOLE = range(-(2**63), 2**64)
"""Whole numbers outside this range become decimal ones."""
_MOST_DIGITS = 20
_EXACT_FLOAT = 2**24 - 1
_LARGEST_FLOAT = 3.4028234663852886e38


def unpacked(body: bytes, encoding: str | None) -> bytes:
    """The body as the server reads it; a gzip body that it cannot unpack completely counts as empty."""
    if not body or encoding is None or "gzip" not in encoding:
        return body
    if int.from_bytes(body[-4:], "little") > _LARGEST:
        return b""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        data = unpacker.decompress(body, _LARGEST + 1)
    except zlib.error:
        return b""
    whole = unpacker.eof and not unpacker.unused_data and len(data) <= _LARGEST
    return data if whole else b""


def document(body: bytes) -> dict[str, Any] | None:
    """The JSON object a body begins with; None if it begins with none. What follows the object is ignored."""
    for byte in _MARK:  # each may be missing
        body = body.removeprefix(bytes([byte]))
    text = body.decode("latin-1")
    try:
        found = _value(text, _skip(text, 0))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _skip(text: str, at: int) -> int:
    blanks = _BLANKS.match(text, at)
    return blanks.end() if blanks else at


def _value(text: str, at: int) -> Any:
    """The value at a position. Nesting has no limit, as in the server since 2.18. Raises ValueError."""
    open_: list[tuple[str, Any, str]] = []  # kind of bracket, what is in it, the key that waits for its value
    while True:
        kind = text[at : at + 1]
        value: Any
        if kind in _CLOSES:
            value = {} if kind == "{" else []
            at = _skip(text, at + 1)
            if text[at : at + 1] != _CLOSES[kind]:
                key, at = _key(text, at) if kind == "{" else ("", at)
                open_.append((kind, value, key))
                continue
            at += 1
        else:
            value, at = _scalar(text, at)
        while open_:
            kind, container, key = open_.pop()
            if kind == "{":
                container.setdefault(key, value)
            else:
                container.append(value)
            at = _skip(text, at)
            if text[at : at + 1] == ",":
                at = _skip(text, at + 1)
                key, at = _key(text, at) if kind == "{" else ("", at)
                open_.append((kind, container, key))
                break
            if text[at : at + 1] != _CLOSES[kind]:
                raise ValueError(at)
            value, at = container, at + 1
        else:
            return value


def _key(text: str, at: int) -> tuple[str, int]:
    key, at = _string(text, at)
    at = _skip(text, at)
    if text[at : at + 1] != ":":
        raise ValueError(at)
    return key, _skip(text, at + 1)


def _string(text: str, at: int) -> tuple[str, int]:
    found = _STRING.match(text, at)
    if found is None:
        raise ValueError(at)
    return json.loads(found[0]), found.end()


def _scalar(text: str, at: int) -> tuple[Any, int]:
    if text[at : at + 1] == '"':
        return _string(text, at)
    for word, value in _WORDS.items():
        if text.startswith(word, at):
            return value, at + len(word)
    found = _NUMBER.match(text, at)
    if found is None:
        raise ValueError(at)
    whole, fraction, exponent = found.groups()
    if whole is None:
        return float(found[0]), found.end()
    if fraction is exponent is None and len(whole) <= _MOST_DIGITS and int(found[0]) in _WHOLE:
        return int(found[0]), found.end()
    if json_numbers.too_large(whole, fraction or "", exponent or ""):
        raise ValueError(at)
    return float(found[0]), found.end()


def fits(request: Mapping[str, Any], inputs: tuple[str, ...] | None) -> bool:
    """Whether the rows or columns of a prediction fit float inputs with these names; None = unknown, and assumed to
    fit."""
    if ("instances" in request) == ("inputs" in request):
        return False
    if "instances" in request:
        rows = request["instances"]
        return isinstance(rows, list) and bool(rows) and (inputs is None or _rows_fit(rows, inputs))
    return inputs is None or _columns_fit(request["inputs"], inputs)


def _rows_fit(rows: list[Any], inputs: tuple[str, ...]) -> bool:
    named = [isinstance(row, dict) for row in rows]
    if not any(named):
        return len(inputs) == 1 and _shape([rows]) is not None
    if not all(named) or any(set(row) != set(inputs) for row in rows):
        return False
    return all(_shape([[row[name] for row in rows]]) is not None for name in inputs)


def _columns_fit(value: Any, inputs: tuple[str, ...]) -> bool:
    if not isinstance(value, dict):
        return len(inputs) == 1 and _shape([value]) is not None
    return all(name in value and _shape([value[name]]) is not None for name in inputs)


def _shape(level: list[Any]) -> tuple[int, ...] | None:
    """The shape of evenly nested lists of floats, None for anything else."""
    shape: list[int] = []
    while level and isinstance(level[0], list):
        size = len(level[0])
        if any(not isinstance(item, list) or len(item) != size for item in level):
            return None
        shape.append(size)
        level = [inner for item in level for inner in item]
    return tuple(shape) if all(_is_float(item) for item in level) else None


def _is_float(item: Any) -> bool:
    if isinstance(item, bool) or not isinstance(item, int | float):
        return False
    if isinstance(item, int):
        return abs(item) <= _EXACT_FLOAT
    return not math.isfinite(item) or abs(item) <= _LARGEST_FLOAT


def has_examples(request: Mapping[str, Any]) -> bool:
    """Whether a classify or regress body contains examples, with only valid features."""
    examples = request.get("examples")
    if not isinstance(examples, list) or not examples:
        return False
    return all(_is_example(each) for each in (*examples, request.get("context", {})))


def _is_example(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_feature(each) for each in value.values())


def _is_feature(value: Any) -> bool:
    kinds = {_feature_kind(each) for each in (value if isinstance(value, list) else [value])}
    return len(kinds) <= 1 and "" not in kinds


def _feature_kind(value: Any) -> str:
    if isinstance(value, dict):
        return "bytes" if list(value) == ["b64"] and isinstance(value["b64"], str) else ""
    if isinstance(value, str):
        return "bytes"
    if isinstance(value, int):  # true and false are whole numbers here
        return "int" if value < 2**63 else ""
    return "float" if isinstance(value, float) else ""
