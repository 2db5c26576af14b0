"""Tensors as plain Python values, and their protocol buffer form."""

from __future__ import annotations

import ctypes
import math
import struct
from dataclasses import dataclass
from typing import Any

from .protos import message
from .status import Code, StatusError, invalid

FLOAT, DOUBLE, INT32, UINT8, INT16, INT8, STRING = 1, 2, 3, 4, 5, 6, 7
INT64, BOOL, UINT16, UINT32, UINT64 = 9, 10, 17, 22, 23

# What a data type is called in messages, how one value is packed, and which field of TensorProto carries it.
_TYPES: dict[int, tuple[str, str, str]] = {
    FLOAT: ("float", "<f", "float_val"),
    DOUBLE: ("double", "<d", "double_val"),
    INT32: ("int32", "<i", "int_val"),
    UINT8: ("uint8", "<B", "int_val"),
    INT16: ("int16", "<h", "int_val"),
    INT8: ("int8", "<b", "int_val"),
    STRING: ("string", "", "string_val"),
    INT64: ("int64", "<q", "int64_val"),
    BOOL: ("bool", "<?", "bool_val"),
    UINT16: ("uint16", "<H", "int_val"),
    UINT32: ("uint32", "<I", "uint32_val"),
    UINT64: ("uint64", "<Q", "uint64_val"),
}
_OTHER_NAMES = {8: "complex64", 14: "bfloat16", 18: "complex128", 19: "half", 20: "resource", 21: "variant"}
_C_TYPES: dict[int, Any] = {
    INT32: ctypes.c_int32,
    UINT8: ctypes.c_uint8,
    INT16: ctypes.c_int16,
    INT8: ctypes.c_int8,
    INT64: ctypes.c_int64,
    UINT16: ctypes.c_uint16,
    UINT32: ctypes.c_uint32,
    UINT64: ctypes.c_uint64,
}
MAX_ELEMENTS = 1 << 24


@dataclass(frozen=True, slots=True)
class TensorValue:
    """`dtype` is a DataType number; `values` are the elements in row-major order (bytes for strings)."""

    dtype: int
    shape: tuple[int, ...]
    values: tuple[Any, ...]


def dtype_name(dtype: int) -> str:
    """Return what the server calls a data type in its messages."""
    if dtype in _TYPES:
        return _TYPES[dtype][0]
    return _OTHER_NAMES.get(dtype, f"data type {dtype}")


def is_supported(dtype: int) -> bool:
    """Tell whether this emulator holds values of that data type."""
    return dtype in _TYPES


def fit(dtype: int, value: Any) -> Any:
    """Bring the result of an operation into the range of its data type, as the hardware does."""
    if dtype == FLOAT:
        return ctypes.c_float(value).value
    if dtype in _C_TYPES:
        return _C_TYPES[dtype](value).value
    return value


def shape_text(shape: tuple[int, ...]) -> str:
    """Return `[2,1]`."""
    return f"[{','.join(map(str, shape))}]"


def unpack(dtype: int, shape: tuple[int, ...], data: bytes) -> TensorValue:
    """Read elements packed one after the other, little-endian; raises StatusError when the size is wrong."""
    item = struct.Struct(_TYPES[dtype][1])
    if len(data) != item.size * math.prod(shape):
        raise invalid("tensor content has the wrong size")
    return TensorValue(dtype, shape, tuple(value for (value,) in item.iter_unpack(data)))


def from_proto(proto: Any) -> TensorValue:
    """Read a TensorProto; a short value list repeats its last value, as in TensorFlow."""
    dtype = proto.dtype
    if not is_supported(dtype):
        raise StatusError(Code.UNIMPLEMENTED, f"the emulator holds no values of type {dtype_name(dtype)}")
    shape = tuple(dim.size for dim in proto.tensor_shape.dim)
    count = math.prod(shape)
    if proto.tensor_shape.unknown_rank or any(size < 0 for size in shape) or count > MAX_ELEMENTS:
        raise invalid("tensor has no valid shape")
    if proto.tensor_content and dtype != STRING:
        return unpack(dtype, shape, proto.tensor_content)
    given = list(getattr(proto, _TYPES[dtype][2]))
    if len(given) > count:
        raise invalid("tensor has more values than its shape has room for")
    filler: Any = given[-1] if given else b"" if dtype == STRING else False if dtype == BOOL else 0
    return TensorValue(dtype, shape, tuple(given + [filler] * (count - len(given))))


def to_proto(tensor: TensorValue) -> Any:
    """Return a TensorProto with one value field per element."""
    proto = message("tensorflow.TensorProto")(dtype=tensor.dtype)
    proto.tensor_shape.SetInParent()
    for size in tensor.shape:
        proto.tensor_shape.dim.add(size=size)
    getattr(proto, _TYPES[tensor.dtype][2]).extend(tensor.values)
    return proto


def broadcast(left: TensorValue, right: TensorValue) -> tuple[tuple[int, ...], list[tuple[Any, Any]]] | None:
    """Pair the elements of two tensors by TensorFlow's broadcasting rule; None when the shapes do not fit."""
    rank = max(len(left.shape), len(right.shape))
    a = (1,) * (rank - len(left.shape)) + left.shape
    b = (1,) * (rank - len(right.shape)) + right.shape
    if any(x != y and 1 not in (x, y) for x, y in zip(a, b, strict=True)):
        return None
    shape = tuple(y if x == 1 else x for x, y in zip(a, b, strict=True))
    if left.shape == right.shape:
        return shape, list(zip(left.values, right.values, strict=True))
    count = math.prod(shape)
    if count > MAX_ELEMENTS:
        return None
    ia, ib = _offsets(a, shape), _offsets(b, shape)
    return shape, [(left.values[i], right.values[j]) for i, j in zip(ia, ib, strict=True)]


def _offsets(own: tuple[int, ...], shape: tuple[int, ...]) -> list[int]:
    offsets = [0]
    step = math.prod(own)
    for size, whole in zip(own, shape, strict=True):
        step = step // size if size else 0
        offsets = [base + (index * step if size > 1 else 0) for base in offsets for index in range(whole)]
    return offsets
