"""Read variables from a checkpoint (`variables.index`, a sorted string table, and `variables.data-*`).

Formats: leveldb's table format and tensor_bundle.proto, as written by TensorFlow's BundleWriter. Error texts were
measured with the C++ loader of tensorflow-cpu 2.20.0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from . import tensor
from .protos import message
from .status import Code, StatusError, from_os_error
from .tensor import TensorValue

_MAGIC = 0xDB4775248B80FB57
_FOOTER = 48
MAX_BYTES = 64 << 20


class Bundle:
    """The tensors saved under `prefix` (for example `.../variables/variables`)."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        entries = dict(_table(_read(f"{prefix}.index")))
        header = message("tensorflow.BundleHeaderProto").FromString(entries.pop(b"", b""))
        if header.endianness != 0:
            raise StatusError(Code.UNIMPLEMENTED, "the emulator reads little-endian checkpoints only")
        self._shards = header.num_shards
        self._entries = {key.decode("utf-8", "replace"): value for key, value in entries.items()}

    def read(self, name: str) -> TensorValue:
        """Return the tensor of that name; raises StatusError when it is missing or damaged."""
        raw = self._entries.get(name)
        if raw is None:
            raise StatusError(Code.NOT_FOUND, f"Key {name} not found in checkpoint")
        entry = message("tensorflow.BundleEntryProto").FromString(raw)
        path = f"{self.prefix}.data-{entry.shard_id:05d}-of-{self._shards:05d}"
        data = _read(path, entry.offset, entry.size)
        shape = tuple(dim.size for dim in entry.shape.dim)
        if entry.dtype == tensor.STRING:
            return TensorValue(entry.dtype, shape, tuple(_strings(data, shape)))
        if not tensor.is_supported(entry.dtype):
            name_of_type = tensor.dtype_name(entry.dtype)
            raise StatusError(Code.UNIMPLEMENTED, f"the emulator holds no values of type {name_of_type}")
        found = _masked_crc32c(data)
        if found != entry.crc32c:
            where = f"TensorBundle at {self.prefix} shard {entry.shard_id} ({len(data)} bytes)"
            stored = _unmask(entry.crc32c)
            text = f"stored {stored} vs. calculated on the restored bytes {_unmask(found)}"
            raise StatusError(Code.DATA_LOSS, f"{where}: Checksum does not match: {text}")
        return tensor.unpack(entry.dtype, shape, data)


def _read(path: str, offset: int = 0, size: int | None = None) -> bytes:
    try:
        with Path(path).open("rb") as file:
            length = file.seek(0, 2)
            wanted = length if size is None else size
            if wanted > MAX_BYTES:
                raise StatusError(Code.RESOURCE_EXHAUSTED, f"the emulator reads at most {MAX_BYTES} bytes of {path}")
            file.seek(offset)
            data = file.read(wanted)
    except OSError as problem:
        raise from_os_error(problem, path) from None
    if len(data) < wanted:
        raise StatusError(Code.OUT_OF_RANGE, "Read less bytes than requested")
    return data


def _table(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of a sorted string table."""
    if len(data) < _FOOTER:
        raise StatusError(Code.DATA_LOSS, "file is too short to be an sstable")
    footer = data[-_FOOTER:]
    if struct.unpack("<Q", footer[40:])[0] != _MAGIC:
        raise StatusError(Code.DATA_LOSS, "not an sstable (bad magic number)")
    try:
        _, at = varint(footer, 0)
        _, at = varint(footer, at)
        for _, handle in _block(data, *_handle(footer, at)):
            yield from _block(data, *_handle(handle, 0))
    except (IndexError, struct.error):
        raise StatusError(Code.DATA_LOSS, "corrupted block in sstable") from None


def _handle(data: bytes, at: int) -> tuple[int, int]:
    offset, at = varint(data, at)
    return offset, varint(data, at)[0]


def _block(data: bytes, offset: int, size: int) -> Iterator[tuple[bytes, bytes]]:
    if data[offset + size] != 0:
        raise StatusError(Code.UNIMPLEMENTED, "the emulator does not read compressed checkpoint indexes")
    block = data[offset : offset + size]
    end = size - 4 - 4 * struct.unpack("<I", block[-4:])[0]
    at = 0
    key = b""
    while at < end:
        shared, at = varint(block, at)
        fresh, at = varint(block, at)
        length, at = varint(block, at)
        key = key[:shared] + block[at : at + fresh]
        yield key, block[at + fresh : at + fresh + length]
        at += fresh + length


def varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at a place, and where it ends; raises IndexError when the data ends first."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _strings(data: bytes, shape: tuple[int, ...]) -> list[bytes]:
    """Split a saved string tensor: the lengths as varints, a checksum of them, then the bytes."""
    count = 1
    for size in shape:
        count *= size
    lengths = []
    at = 0
    try:
        for _ in range(count):
            length, at = varint(data, at)
            lengths.append(length)
    except IndexError:
        raise StatusError(Code.DATA_LOSS, "corrupted string tensor in checkpoint") from None
    at += 4
    values = []
    for length in lengths:
        values.append(data[at : at + length])
        at += length
    return values


@cache
def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        value = byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


def _masked_crc32c(data: bytes) -> int:
    table = _crc_table()
    value = 0xFFFFFFFF
    for byte in data:
        value = value >> 8 ^ table[(value ^ byte) & 0xFF]
    value ^= 0xFFFFFFFF
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def _unmask(masked: int) -> int:
    rotated: Any = (masked - 0xA282EAD8) & 0xFFFFFFFF
    return int((rotated >> 17 | rotated << 15) & 0xFFFFFFFF)
