"""Turn JSON requests into tensors (json_tensor.cc)."""

from __future__ import annotations

import base64
import binascii
import math
import re
from dataclasses import dataclass
from typing import Any

from . import jsonread, jsonwrite, tensor
from .status import Code, StatusError, invalid
from .tensor import TensorValue

# Largest whole number that keeps its value, and the finite range, of each floating type.
_EXACT = {tensor.FLOAT: 2**24 - 1, tensor.DOUBLE: 2**53 - 1}
_RANGE = {tensor.FLOAT: 3.4028234663852886e38, tensor.DOUBLE: math.inf}
_INTEGERS = {
    tensor.INT32: (-(2**31), 2**31 - 1),
    tensor.INT16: (-(2**31), 2**31 - 1),
    tensor.INT8: (-(2**31), 2**31 - 1),
    tensor.UINT8: (-(2**31), 2**31 - 1),
    tensor.INT64: (-(2**63), 2**63 - 1),
    tensor.UINT32: (0, 2**32 - 1),
    tensor.UINT64: (0, 2**64 - 1),
}


@dataclass(frozen=True, slots=True)
class JsonRequest:
    """A parsed predict body: the document and the signature it names (empty for the default one)."""

    document: dict[str, Any]
    signature_name: str


def parse_body(body: bytes) -> JsonRequest:
    """Read a request body as far as the signature's name; raises StatusError."""
    document = jsonread.read(body)
    if not isinstance(document, dict):
        raise _about(document, "Is not object")
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise _about(document, "not formatted correctly. 'signature_name' key must be a string value.")
    return JsonRequest(document, name)


def read_inputs(request: JsonRequest, signature: Any) -> tuple[dict[str, TensorValue], bool]:
    """Return the input tensors, and whether they came as rows (`instances`); raises StatusError."""
    document = request.document
    if not signature.inputs:
        raise invalid(f"Failed to get input map for signature: {request.signature_name or 'DEFAULT'}")
    if "instances" in document and "inputs" in document:
        raise _about(document, "Not formatted correctly expecting only one of 'inputs' or 'instances' keys to exist ")
    if "instances" in document:
        rows = document["instances"]
        if not isinstance(rows, list):
            raise _about(document, "Expecting 'instances' to be an list/array")
        if not rows:
            raise _about(document, "No values in 'instances' array")
        return _from_rows(rows, signature.inputs), True
    if "inputs" in document:
        return _from_columns(document["inputs"], signature.inputs), False
    raise invalid("Missing 'inputs' or 'instances' key")


def check_examples(request: JsonRequest) -> None:
    """Raise StatusError for a classify or regress body without examples."""
    document = request.document
    for value in (document["context"],) if "context" in document else ():
        _check_example(value)
    if "examples" not in document:
        # The server says classify in both cases.
        raise _about(document, "When method is classify, key 'examples' is expected and was not found")
    examples = document["examples"]
    if not isinstance(examples, list):
        raise _about(document, "Expecting 'examples' value to be an list/array")
    if not examples:
        raise _about(document, "'examples' value is an empty array")
    for value in examples:
        _check_example(value)


def _check_example(value: Any) -> None:
    if not isinstance(value, dict):
        raise invalid(f"Example must be JSON object but got JSON {_kind(value)}")
    for name, content in value.items():
        kinds = set()
        for item in content if isinstance(content, list) else [content]:
            if item is None or isinstance(item, list) or (isinstance(item, dict) and not _is_base64(item)):
                raise invalid(f"Feature: {name} has element with unexpected JSON type: {_kind(item)}")
            kinds.add("bytes" if isinstance(item, str | dict) else "float" if isinstance(item, float) else "int64")
        if len(kinds) > 1:
            raise invalid(f"Unexpected element type in feature: {name} expecting type: {min(kinds)}")


def _about(value: Any, text: str) -> StatusError:
    return invalid(f"JSON Value: {_shown(value)} {text}")


def _shown(value: Any) -> str:
    """A value in an error message: its lists take one line."""
    return jsonwrite.pretty(value, flat=True)


def _type_error(value: Any, dtype: int) -> StatusError:
    wanted = tensor.dtype_name(dtype)
    return invalid(f"JSON Value: {_shown(value)} Type: {_kind(value)} is not of expected type: {wanted}")


def _kind(value: Any) -> str:
    kinds = {type(None): "Null", dict: "Object", list: "Array", str: "String"}
    return str(value) if isinstance(value, bool) else kinds.get(type(value), "Number")


def _is_base64(value: Any) -> bool:
    return isinstance(value, dict) and len(value) == 1 and isinstance(value.get("b64"), str)


def _from_rows(rows: list[Any], infos: Any) -> dict[str, TensorValue]:
    names = sorted(infos)
    if not isinstance(rows[0], dict) and len(names) > 1:
        raise invalid(
            "instances is a plain list, but expecting list of objects as multiple input tensors required as per "
            "tensorinfo_map"
        )
    named = isinstance(rows[0], dict) and not _is_base64(rows[0])
    collected: dict[str, list[TensorValue]] = {}
    for count, row in enumerate(rows):
        if named != (isinstance(row, dict) and not _is_base64(row)):
            texts = ("object", "list") if named else ("value/list", "object")
            raise invalid(f"Expecting {texts[0]} but got {texts[1]} at item {count} of input list")
        items = row.items() if named else [(names[0], row)]
        for name, item in items:
            key = f" key: {name}" if named else ""
            try:
                _add_row(collected, name, item, infos)
            except StatusError as problem:
                raise invalid(
                    f"Failed to process element: {count}{key} of 'instances' list. Error: {problem}"
                ) from None
        if named and set(row) != set(names):
            raise invalid(
                f"Failed to process element: {count} of 'instances' list. JSON object: {_shown(row)} "
                f"must only have keys: {','.join(names)}"
            )
    return {name: _stack(parts) for name, parts in collected.items()}


def _add_row(collected: dict[str, list[TensorValue]], name: str, item: Any, infos: Any) -> None:
    if name not in infos:
        raise invalid(f"JSON object: does not have named input: {name}")
    part = _dense(item, infos[name].dtype)
    parts = collected.setdefault(name, [])
    if parts:
        first = parts[0]
        if len(first.values) != len(part.values):
            raise invalid(f"Expecting tensor size: {len(first.values)} but got: {len(part.values)}")
        if first.shape != part.shape:
            texts = tensor.shape_text(first.shape), tensor.shape_text(part.shape)
            raise invalid(f"Expecting shape {texts[0]} but got: {texts[1]}")
    parts.append(part)


def _stack(parts: list[TensorValue]) -> TensorValue:
    values = tuple(value for part in parts for value in part.values)
    return TensorValue(parts[0].dtype, (len(parts), *parts[0].shape), values)


def _from_columns(value: Any, infos: Any) -> dict[str, TensorValue]:
    if not isinstance(value, dict) or _is_base64(value):
        if len(infos) > 1:
            raise invalid(
                "inputs is a plain value/list, but expecting an object as multiple input tensors required as per "
                "tensorinfo_map"
            )
        name = next(iter(infos))
        return {name: _dense(value, infos[name].dtype)}
    tensors = {}
    for name in sorted(infos):
        if name not in value:
            raise invalid(f"Missing named input: {name} in 'inputs' object.")
        tensors[name] = _dense(value[name], infos[name].dtype)
    return tensors


def _dense(item: Any, dtype: int) -> TensorValue:
    shape: list[int] = []
    inner = item
    while isinstance(inner, list):
        shape.append(len(inner))
        inner = inner[0] if inner else None
    values: list[Any] = []
    _fill(item, 0, tuple(shape), dtype, values)
    return TensorValue(dtype, tuple(shape), tuple(values))


def _fill(item: Any, level: int, shape: tuple[int, ...], dtype: int, values: list[Any]) -> None:
    if not isinstance(item, list):
        if level != len(shape):
            raise invalid(
                f"JSON Value: {_shown(item)} found at incorrect level: {level + 1} in the JSON DOM. "
                f"Expected at level: {len(shape)}"
            )
        values.append(_scalar(item, dtype))
        return
    if level >= len(shape):
        raise invalid(f"Encountered list at unexpected level: {level} expected < {len(shape)}")
    if len(item) != shape[level]:
        raise invalid(
            f"Encountered list at unexpected size: {len(item)} at level: {level} expected size: {shape[level]}"
        )
    for inner in item:
        _fill(inner, level + 1, shape, dtype, values)


def _scalar(item: Any, dtype: int) -> Any:
    if isinstance(item, dict):
        if dtype != tensor.STRING:
            raise _type_error(item, dtype)
        return _decode_base64(item)
    number = isinstance(item, int | float) and not isinstance(item, bool)
    if dtype in _EXACT:
        if not number:
            raise _type_error(item, dtype)
        return _decimal(item, dtype)
    if dtype in _INTEGERS:
        low, high = _INTEGERS[dtype]
        if not number or not isinstance(item, int) or not low <= item <= high:
            raise _type_error(item, dtype)
        return tensor.fit(dtype, item)
    if dtype == tensor.STRING and isinstance(item, str):
        return jsonwrite.encode(item)
    if dtype == tensor.BOOL and isinstance(item, bool):
        return item
    if dtype in (tensor.STRING, tensor.BOOL):
        raise _type_error(item, dtype)
    raise StatusError(
        Code.UNIMPLEMENTED,
        f"Conversion of JSON Value: {_shown(item)} to type: {tensor.dtype_name(dtype)}",
    )


def _decimal(item: int | float, dtype: int) -> float:
    value = float(item)
    if isinstance(item, int):
        lossless = abs(item) <= _EXACT[dtype]
    else:
        lossless = not math.isfinite(value) or abs(value) <= _RANGE[dtype]
    if not lossless:
        raise invalid(
            f"Cannot convert JSON value: {_shown(item)} to {tensor.dtype_name(dtype)} without loss of precision."
        )
    return float(tensor.fit(dtype, value))


def _decode_base64(item: dict[str, Any]) -> bytes:
    if not _is_base64(item):
        raise _about(item, "not formatted correctly for base64 data")
    text = re.sub(r"[ \t\r\n\v\f]", "", item["b64"]).rstrip("=.")
    try:
        if not re.fullmatch(r"[A-Za-z0-9+/]*", text):
            raise ValueError
        return base64.b64decode(text + "=" * (-len(text) % 4))
    except (ValueError, binascii.Error):
        raise invalid("Unable to base64 decode") from None
