"""A text inside another text, and where each of its characters came from.

A config file in a ConfigMap, a command in a YAML block, a line joined by backslashes: readers work on the text as the
program sees it, findings point to the file as the person sees it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from operator import itemgetter

_BEGIN = itemgetter(0)


class Region:
    """A text with the offset of each of its characters in the source.

    `pieces` are (offset in the text, offset in the source, 1 or 0): from there on, the source offset advances with the
    text, or stays the same if the text replaced something else (such as a variable).
    """

    __slots__ = ("_pieces", "text")

    def __init__(self, text: str, pieces: Sequence[tuple[int, int, int]] = ((0, 0, 1),)) -> None:
        self.text = text
        self._pieces = tuple(pieces) or ((0, 0, 1),)

    @classmethod
    def at(cls, text: str, origin: int) -> Region:
        """A text that is in the source unchanged, from `origin` on."""
        return cls(text, ((0, origin, 1),))

    def origin(self, offset: int) -> int:
        """The offset in the source of the character at `offset`."""
        begin, origin, step = self._pieces[self._piece(offset)]
        return origin + (offset - begin) * step

    def _piece(self, offset: int) -> int:
        """The number of the piece that holds an offset."""
        pieces = self._pieces
        return max(0, bisect_right(pieces, offset, key=_BEGIN) - 1) if len(pieces) > 1 else 0

    def part(self, start: int, end: int) -> Region:
        """A piece of it, which keeps the information where it came from."""
        first = self._piece(start)
        begin, origin, step = self._pieces[first]
        pieces = [(0, origin + (start - begin) * step, step)]
        for number in range(first + 1, len(self._pieces)):
            begin, origin, step = self._pieces[number]
            if begin >= end:
                break
            pieces.append((begin - start, origin, step))
        return Region(self.text[start:end], pieces)

    def reading(self, text: str) -> Region:
        """Another text of the same length, each character of which came from the same place."""
        return Region(text, self._pieces)

    @property
    def whole(self) -> bool:
        """Whether it is one piece of the source."""
        return len(self._pieces) == 1

    def edges(self) -> list[int]:
        """Offsets in the text where a new piece of the source begins."""
        return [piece[0] for piece in self._pieces]

    def lines(self) -> Iterable[tuple[int, str]]:
        """(offset, line without its break), line by line."""
        at = 0
        for line in self.text.splitlines(keepends=True):
            yield at, line.rstrip("\r\n")
            at += len(line)


class Builder:
    """Builds a region out of pieces of a source."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._length = 0
        self._pieces: list[tuple[int, int, int]] = []

    def add(self, text: str, origin: int, moving: bool = True) -> None:
        """Text at `origin`; if not `moving`, it replaces what is there."""
        if not text:
            return
        if self._pieces:
            begin, first, step = self._pieces[-1]
            if moving and step and first + self._length - begin == origin:
                self._text.append(text)
                self._length += len(text)
                return
        self._pieces.append((self._length, origin, 1 if moving else 0))
        self._text.append(text)
        self._length += len(text)

    def copy(self, region: Region, start: int, end: int) -> None:
        """A piece of another region, with its origins."""
        if region.whole:
            self.add(region.text[start:end], region.origin(start))
            return
        inner = region.part(start, end)
        edges = [*(edge for edge in inner.edges() if edge < len(inner.text)), len(inner.text)]
        for begin, stop in pairwise(edges):
            self.add(inner.text[begin:stop], inner.origin(begin))

    def region(self, origin: int = 0) -> Region:
        """What was added; `origin` applies if nothing was."""
        return Region("".join(self._text), self._pieces or ((0, origin, 1),))


def stand_in(length: int) -> str:
    """A variable that nothing sets, in place of a text of that length that only its reader fills in; at least 3."""
    return "$__" if length == 3 else "${" + "_" * (length - 3) + "}"
