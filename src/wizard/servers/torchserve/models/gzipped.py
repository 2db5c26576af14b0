"""What a gzip file unpacks to, piece by piece.

The standard library's reader takes a step of Python for each byte of a name in a header and for each part of a file of
many parts; a file of a few megabytes then takes minutes and unpacks to nothing.
"""

from __future__ import annotations

import zlib
from typing import Any, BinaryIO

PARTS_LIMIT = 1_000
"""Maximum number of gzip files behind each other that are read as one; those who pack in parallel make some hundred."""
_PIECE = 64 << 10
_MAGIC = b"\x1f\x8b"


class TooMuchError(Exception):
    """A limit was reached."""


class Gunzipped:
    """A stream that gives up after `limit` packed bytes."""

    def __init__(self, source: BinaryIO, limit: int) -> None:
        self._source = source
        self._left = limit
        self._packed = b""
        self._parts = 0
        self._part: Any = None
        """What unpacks the part that is being read; None = between two of them."""

    def read(self, size: int) -> bytes:
        """Some bytes, b"" at the end.

        Raises TooMuchError past a limit, EOFError if the file is cut off, ValueError and zlib.error if it is no gzip.
        """
        while self._part is not None or self._begin():
            self._packed = self._packed or self._more()
            fed = bool(self._packed)
            data: bytes = self._part.decompress(self._packed, size)
            if self._part.eof:
                self._packed, self._part = self._part.unused_data, None
            else:
                self._packed = self._part.unconsumed_tail
            if data:
                return data
            if not fed and self._part is not None:
                raise EOFError("it is cut off")
        return b""

    def _begin(self) -> bool:
        """Begin the next part, behind zeros that may fill up what follows one; False at the end."""
        piece = self._packed or self._more()
        self._packed = b""
        while piece and len(self._packed) < len(_MAGIC):
            self._packed += piece if not self._parts or self._packed else piece.lstrip(b"\0")
            piece = self._more() if len(self._packed) < len(_MAGIC) else b""
        if not self._packed:
            return False
        if not self._packed.startswith(_MAGIC):
            raise ValueError("not gzipped")
        self._parts += 1
        if self._parts > PARTS_LIMIT:
            raise TooMuchError
        self._part = zlib.decompressobj(wbits=31)
        return True

    def _more(self) -> bytes:
        piece = self._source.read(_PIECE)
        self._left -= len(piece)
        if self._left < 0:
            raise TooMuchError
        return piece
