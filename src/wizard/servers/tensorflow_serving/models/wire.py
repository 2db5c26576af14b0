"""Walk through a protobuf file in place: only what is asked for is read, within a limited number of steps.

The protobuf library reads a file as a whole and keeps the fields it does not know: 64 MiB of empty nodes took it 18 s
and 1.3 GB, and its import alone 40 ms (protobuf 7.36, measured). Here the size of the file does not matter, because a
subtree nobody asked for costs one seek.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_WINDOW = 16 << 10
"""Bytes read at once; a field's head needs twenty."""
_PIECE = 1 << 20
"""Bytes of a graph that are looked through at once."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5


class WireError(Exception):
    """The bytes are not a protobuf message, end too early, or hold absurdly many fields."""


class WireField(NamedTuple):
    """One field: its number, its value if it is a varint, and where its bytes are."""

    number: int
    value: int
    start: int
    end: int


class WireFile:
    """A protobuf message in an open file, read by position."""

    def __init__(self, file: BinaryIO, size: int, budget: int = 100_000) -> None:
        self._file = file
        self.size = size
        self._budget = budget
        self._window, self._base = b"", 0

    def fields(self, start: int = 0, end: int | None = None) -> Iterator[WireField]:
        """The fields of the message in `[start, end)`. Raises WireError, OSError."""
        position, end = start, self.size if end is None else end
        while position < end:
            self._budget -= 1
            if self._budget < 0:
                raise WireError("it holds more fields than this program is willing to look at")
            head = self._read(position, min(20, end - position))
            key, used = _varint(head, 0)
            number, kind = key >> 3, key & 7
            value = 0
            if kind == _VARINT:
                value, used = _varint(head, used)
                begin = stop = position + used
            elif kind == _BYTES:
                length, used = _varint(head, used)
                begin, stop = position + used, position + used + length
            elif kind in (_FIXED64, _FIXED32):
                begin = position + used
                stop = begin + (8 if kind == _FIXED64 else 4)
            else:
                raise WireError("it is not a protobuf message")
            if number == 0:
                raise WireError("it is not a protobuf message")
            if stop > end:
                raise WireError("it ends in the middle, as a broken copy or download does")
            yield WireField(number, value, begin, stop)
            position = stop

    def text(self, field: WireField, limit: int = 4096) -> str:
        """The text of a string field. Raises WireError if it is longer than `limit` bytes or not UTF-8."""
        if field.end - field.start > limit:
            raise WireError(f"it holds a name of {field.end - field.start} bytes")
        try:
            return self._read(field.start, field.end - field.start).decode()
        except UnicodeDecodeError as error:
            raise WireError("it holds a name that is not text") from error

    def chunks(self, start: int, end: int, overlap: int) -> Iterator[bytes]:
        """The bytes of `[start, end)` in pieces; each piece begins with the last `overlap` bytes of the one before."""
        for position in range(start, end, _PIECE):
            yield self._read(position, min(_PIECE + overlap, end - position))

    def _read(self, position: int, count: int) -> bytes:
        start = position - self._base
        if start < 0 or start + count > len(self._window):
            self._file.seek(position)
            self._window, self._base, start = self._file.read(max(count, _WINDOW)), position, 0
        data = self._window[start : start + count]
        if len(data) < count:
            raise WireError("it ends in the middle, as a broken copy or download does")
        return data


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for index in range(10):
        if position + index >= len(data):
            raise WireError("it ends in the middle, as a broken copy or download does")
        byte = data[position + index]
        value |= (byte & 0x7F) << (7 * index)
        if byte < 0x80:
            return value & (2**64 - 1), position + index + 1
    raise WireError("it is not a protobuf message")


def signed(value: int) -> int:
    """A varint read as int64."""
    return value - 2**64 if value >= 2**63 else value
