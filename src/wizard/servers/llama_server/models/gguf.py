"""The header of a GGUF file: the model's name and structure, and which tensors it has and where.

The weights are never read. There are limits on what is read, so that a broken or hostile file costs neither time nor
memory. Layout of the format: ggml/include/gguf.h (build 10435). Only little-endian files of version 2 and 3 are read,
like the server does on the processors it is published for.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, Literal

MAGIC: Final = b"GGUF"
NEWEST: Final = 3
"""The newest version of the format that llama.cpp reads (builds 10434 and 11669, measured)."""
MAX_PAIRS: Final = 65_536
MAX_TENSORS: Final = 65_536
MAX_STRINGS: Final = 4_000_000
"""Elements of all lists of text together; the largest vocabularies have some 500,000 tokens and as many merges."""
MAX_TEXT: Final = 16 << 20
"""Bytes of all texts that are kept: a chat template has about 20 kB."""
MAX_HEADER: Final = 512 << 20
MAX_KEPT: Final = 4_096
"""Elements of a list of numbers that are kept: there is one for each layer."""

Fault = Literal["empty", "magic", "version", "endian", "ends-early", "broken", "limit"]

_SCALARS: Final = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d",
}  # fmt: skip
_NOT_WHOLE: Final = "fd?"
_LENGTH: Final = struct.Struct("<Q")
_CUT: Final = "it ends within its header"
_TEXT: Final = 8
_LIST: Final = 9

# Number of a tensor's kind -> its name, elements of a block, bytes of a block (gguf-py/gguf/constants.py, build 11434).
KINDS: Final[Mapping[int, tuple[str, int, int]]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20), 6: ("Q5_0", 32, 22),
    7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36), 10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110),
    12: ("Q4_K", 256, 144), 13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98), 19: ("IQ1_S", 256, 50),
    20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110), 22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136),
    24: ("I8", 1, 1), 25: ("I16", 1, 2), 26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8),
    29: ("IQ1_M", 256, 56), 30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18), 42: ("Q2_0", 64, 18),
}  # fmt: skip


class GgufError(Exception):
    """The file is not GGUF, or its header cannot be read.

    `fault` is the kind of error, the text explains it to a person.
    """

    def __init__(self, fault: Fault, text: str) -> None:
        super().__init__(text)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Items:
    """A list that was skipped over: how many elements it has. `numbers` are kept if they are few and whole numbers."""

    count: int
    numbers: tuple[int, ...] = ()


Value = int | float | bool | str | Items


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """One tensor: its name, sizes (fastest dimension first), kind, and bytes; None for a kind unknown here."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int
    """From the start of the weights."""

    @property
    def size(self) -> int | None:
        """Bytes of its weights, None for a kind unknown here."""
        if self.kind not in KINDS:
            return None
        _, elements, width = KINDS[self.kind]
        total = 1
        for length in self.shape:
            total *= length
        return total // elements * width


@dataclass(frozen=True, slots=True)
class Header:
    """Everything before the weights."""

    version: int
    values: Mapping[str, Value]
    tensors: tuple[GgufTensor, ...]
    start: int
    """Where the weights begin, in bytes from the start of the file."""

    def text(self, key: str) -> str:
        """A value that is text, "" if it is missing or something else."""
        found = self.values.get(key)
        return found if isinstance(found, str) else ""

    def number(self, key: str) -> int | None:
        """A value that is a whole number, None if it is missing or something else."""
        found = self.values.get(key)
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    @property
    def weights(self) -> int:
        """Bytes of all tensors of known kinds."""
        return sum(tensor.size or 0 for tensor in self.tensors)

    @property
    def end(self) -> int:
        """The minimum size of the file."""
        ends = (tensor.offset + tensor.size for tensor in self.tensors if tensor.size is not None)
        return self.start + max(ends, default=0)


def read(file: BinaryIO) -> Header:
    """Read the header from the start of a file. Raises GgufError, and OSError as reading does."""
    return _Reader(file).header()


def _padded(length: int, alignment: int) -> int:
    return -(-length // alignment) * alignment


def _check(tensors: tuple[GgufTensor, ...], alignment: int) -> None:
    """The server requires unique names, whole blocks, and tensors right after one another."""
    names: set[str] = set()
    expected: int | None = 0
    for tensor in tensors:
        if tensor.name in names:
            raise GgufError("broken", f"the tensor {tensor.name!r} is there twice")
        names.add(tensor.name)
        if expected is not None and tensor.offset != expected:
            raise GgufError("broken", f"the tensor {tensor.name!r} begins at {tensor.offset}, not at {expected}")
        if tensor.kind in KINDS and tensor.shape and tensor.shape[0] % KINDS[tensor.kind][1]:
            raise GgufError("broken", f"a row of the tensor {tensor.name!r} is not made of whole blocks")
        size = tensor.size
        expected = None if size is None else tensor.offset + _padded(size, alignment)


class _Reader:
    """A cursor over the file that counts what was read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._at = 0
        self._strings = 0
        self._kept = 0
        self._size = file.seek(0, 2)
        file.seek(0)

    def header(self) -> Header:
        version = self._opening()
        tensor_count = self._count("tensors", MAX_TENSORS)
        pair_count = self._count("values", MAX_PAIRS)
        values = self._values(pair_count)
        tensors = tuple(self._tensor() for _ in range(tensor_count))
        alignment = values.get("general.alignment", 32)
        if isinstance(alignment, bool) or not isinstance(alignment, int) or alignment.bit_count() != 1:
            raise GgufError("broken", f"general.alignment is {alignment}, not a power of two")
        _check(tensors, alignment)
        start = _padded(self._at, alignment) if tensors else self._at
        return Header(version, values, tensors, start)

    def _opening(self) -> int:
        magic = self._take(4, "empty")
        if magic != MAGIC:
            shown = "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in magic)
            raise GgufError("magic", f"it begins with {shown!r}, not with 'GGUF'")
        version = self._whole("<I")
        if version & 0xFFFF == 0:
            raise GgufError("endian", "it was made for processors of the other byte order")
        if not 2 <= version <= NEWEST:
            raise GgufError("version", f"it is version {version} of the format; 2 and {NEWEST} are read")
        return version

    def _values(self, count: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        for _ in range(count):
            key = self._text(65_536)
            if not key or key in values:
                raise GgufError("broken", f"the name {key[:60]!r} is empty or there twice")
            values[key] = self._value(self._whole("<i"))
        return values

    def _value(self, kind: int) -> Value:
        if kind == _TEXT:
            return self._text(MAX_TEXT)
        if kind == _LIST:
            return self._items(self._whole("<i"), self._whole("<Q"))
        if kind not in _SCALARS:
            raise GgufError("broken", f"there is no kind of value {kind}")
        return self._scalar(_SCALARS[kind])

    def _items(self, kind: int, count: int) -> Items:
        if kind == _TEXT:
            self._strings += count
            if self._strings > MAX_STRINGS:
                raise GgufError("limit", f"more than {MAX_STRINGS} texts in lists")
            self._walk(count)
            return Items(count)
        if kind not in _SCALARS:
            raise GgufError("broken", f"there is no list of kind {kind}")
        form = _SCALARS[kind]
        width = struct.calcsize(form)
        if count > MAX_KEPT or form[1] in _NOT_WHOLE:
            self._skip(count * width)
            return Items(count)
        return Items(count, struct.unpack(f"<{count}{form[1]}", self._take(count * width)))

    def _walk(self, count: int) -> None:
        """Skip a list of texts, in large reads: a vocabulary has hundreds of thousands."""
        window, at, width = b"", 0, _LENGTH.size
        read, unpack = self._file.read, _LENGTH.unpack_from
        for _ in range(count):
            if len(window) - at < width:
                self._skip(at - len(window))
                window, at = read(1 << 20), 0
                self._go(len(window))
                if len(window) < width:
                    raise GgufError("ends-early", _CUT)
            at += width + unpack(window, at)[0]
        self._skip(at - len(window))

    def _tensor(self) -> GgufTensor:
        name = self._text(64)
        dimensions = self._whole("<I")
        if dimensions > 4:
            raise GgufError("broken", f"the tensor {name!r} has {dimensions} dimensions")
        shape = tuple(self._whole("<q") for _ in range(dimensions))
        kind, offset = self._whole("<i"), self._whole("<Q")
        if any(not 0 <= length < 1 << 62 for length in shape) or offset >= 1 << 62:
            raise GgufError("broken", f"the tensor {name!r} has sizes that cannot be")
        return GgufTensor(name, shape, kind, offset)

    def _count(self, what: str, limit: int) -> int:
        count = self._whole("<q")
        if count < 0:
            raise GgufError("broken", f"it claims to hold {count} {what}")
        if count > limit:
            raise GgufError("limit", f"it claims to hold {count} {what}; {limit} are read at most")
        return count

    def _text(self, limit: int) -> str:
        length = self._whole("<Q")
        self._kept += length
        if length <= self._size - self._at and (length > limit or self._kept > MAX_TEXT):
            raise GgufError("limit", f"a text of {length} bytes, more than is read here")
        return self._take(length).decode("utf-8", "replace")

    def _whole(self, form: str) -> int:
        return int(self._scalar(form))

    def _scalar(self, form: str) -> int | float | bool:
        (value,) = struct.unpack(form, self._take(struct.calcsize(form)))
        found: int | float | bool = value
        return found

    def _take(self, length: int, fault: Fault = "ends-early") -> bytes:
        self._go(length, fault)
        data = self._file.read(length)
        if len(data) != length:
            raise GgufError(fault, _CUT)
        return data

    def _skip(self, length: int) -> None:
        self._go(length)
        self._file.seek(self._at)

    def _go(self, length: int, fault: Fault = "ends-early") -> None:
        if length > self._size - self._at:
            raise GgufError(fault, _CUT)
        self._at += length
        if self._at > MAX_HEADER:
            raise GgufError("limit", f"its header is larger than {MAX_HEADER >> 20} MiB")
