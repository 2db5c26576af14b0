"""A small request that a model should be able to answer, made from its signature alone.

The JSON rules are those of TensorFlow Serving's json_tensor.cc: `instances` is one item per row, `inputs` one value per
input; bytes are {"b64": ...}.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from typing import Any

from wizard.models.report import Servable, Signature, Tensor
from wizard.servers.tensorflow_serving.models.savedmodel import DEFAULT_SIGNATURE

VALUES_LIMIT = 200_000
"""Maximum numbers in one request, about a megabyte of JSON; a model that needs more gets no sample."""

_NUMBERS = {
    **dict.fromkeys(("float32", "float64"), 1.0),
    **dict.fromkeys(("int8", "uint8", "int16", "int32", "int64", "uint32", "uint64"), 1),
}
_PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
)
_PICTURE_WORDS = ("image", "img", "jpeg", "jpg", "png", "picture", "photo")


def sample_request(source: Servable | Signature) -> dict[str, Any] | None:
    """A body for `POST /v1/models/NAME:predict`, or None where none can be made.

    None means: the signature is unknown or takes nothing, an input has a type that JSON cannot carry (half floats,
    complex numbers, sparse tensors), or the request would be larger than VALUES_LIMIT.
    """
    signature = source if isinstance(source, Signature) else _first_signature(source.signatures)
    if signature is None or not signature.inputs:
        return None
    if any(_value(name, t) is None for name, t in signature.inputs.items()):
        return None
    rows = _rows(signature)
    size = (rows or 1) * sum(_count(t) for t in signature.inputs.values())
    if size > VALUES_LIMIT:
        return None
    body: dict[str, Any] = {}
    if signature.name != DEFAULT_SIGNATURE:
        body["signature_name"] = signature.name
    if rows is None:
        body["inputs"] = {n: _nested(_value(n, t), t.shape or ()) for n, t in signature.inputs.items()}
    else:
        body["instances"] = [_instance(signature)] * rows
    return body


def _first_signature(signatures: Mapping[str, Signature]) -> Signature | None:
    return signatures.get(DEFAULT_SIGNATURE) or next(iter(signatures.values()), None)


def _rows(signature: Signature) -> int | None:
    """How many rows `instances` needs, None if this signature cannot be asked row by row.

    Every input and output must have the rows as its first dimension, of any size or of the same fixed one.
    """
    fixed: set[int] = set()
    for tensor in (*signature.inputs.values(), *signature.outputs.values()):
        if tensor.shape is None:
            continue
        if not tensor.shape:
            return None
        if tensor.shape[0] is not None:
            fixed.add(tensor.shape[0])
    if len(fixed) > 1 or 0 in fixed:
        return None
    return fixed.pop() if fixed else 1


def _value(name: str, tensor: Tensor) -> Any:
    """One element; None if JSON has no way to say it."""
    if tensor.dtype == "bool":
        return True
    if tensor.dtype == "string":
        if any(word in name.lower() for word in _PICTURE_WORDS):
            return {"b64": base64.b64encode(_PIXEL).decode()}
        return {"b64": base64.b64encode(b"hello").decode()} if name.endswith("_bytes") else "hello"
    return _NUMBERS.get(tensor.dtype)


def _instance(signature: Signature) -> Any:
    values = {n: _nested(_value(n, t), (t.shape or (None,))[1:]) for n, t in signature.inputs.items()}
    return next(iter(values.values())) if len(values) == 1 else values


def _nested(value: Any, shape: tuple[int | None, ...]) -> Any:
    for size in reversed(shape):
        value = [value] * (1 if size is None else size)
    return value


def _count(tensor: Tensor) -> int:
    return math.prod(1 if size is None else size for size in tensor.shape or ())
