"""Turn output tensors, and errors, into JSON answers (json_tensor.cc)."""

from __future__ import annotations

import base64
from typing import Any

from . import jsonwrite, tensor
from .jsonwrite import JsonText, OneLine, Rows
from .status import invalid
from .tensor import TensorValue

_DECIMALS = (tensor.FLOAT, tensor.DOUBLE)


def write_outputs(outputs: dict[str, TensorValue], as_rows: bool) -> str:
    """Return the answer's body; raises StatusError when rows are asked for and the outputs have none."""
    if not outputs:
        raise invalid("Cannot convert empty tensor map to JSON")
    if as_rows:
        return jsonwrite.pretty({"predictions": _rows(outputs)})
    columns = {name: _nested(name, value, 0, 0)[0] for name, value in outputs.items()}
    return jsonwrite.pretty({"outputs": columns if len(columns) > 1 else next(iter(columns.values()))})


def error_body(message: str) -> str:
    """Return the body of a failed request."""
    return jsonwrite.pretty({"error": message})


def _rows(outputs: dict[str, TensorValue]) -> list[Any]:
    size = 0
    for name, value in outputs.items():
        if not value.shape:
            raise invalid(f"Tensor name: {name} has no shape information ")
        if value.shape[0] < 1:
            raise invalid(f"Tensor name: {name} has invalid batch size: {value.shape[0]}")
        if size and value.shape[0] != size:
            raise invalid(f"Tensor name: {name} has inconsistent batch size: {value.shape[0]} expecting: {size}")
        size = value.shape[0]
    columns = {}
    for name, value in outputs.items():
        step = len(value.values) // size
        columns[name] = [_nested(name, value, 1, row * step)[0] for row in range(size)]
    if len(columns) == 1:
        return Rows(next(iter(columns.values())))
    return [{name: _one_line(column[row]) for name, column in columns.items()} for row in range(size)]


def _one_line(value: Any) -> Any:
    return OneLine(value) if isinstance(value, list) else value


def _nested(name: str, value: TensorValue, level: int, offset: int) -> tuple[Any, int]:
    if level >= len(value.shape):
        return _item(name, value.dtype, value.values[offset]), offset + 1
    items = []
    for _ in range(value.shape[level]):
        item, offset = _nested(name, value, level + 1, offset)
        items.append(item)
    return items, offset


def _item(name: str, dtype: int, value: Any) -> Any:
    if dtype == tensor.STRING:
        if name.endswith("_bytes"):
            return {"b64": JsonText(f'"{base64.b64encode(value).decode()}"')}
        return value.decode("utf-8", "surrogateescape")
    if dtype in _DECIMALS:
        return jsonwrite.decimal(value, dtype)
    if dtype == tensor.UINT16:
        raise invalid("Failed to write JSON value for tensor type: uint16")
    return value
