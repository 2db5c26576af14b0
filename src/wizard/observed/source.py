"""A text to examine: a file, standard input, or the command line of something that runs."""

from __future__ import annotations

import posixpath
from typing import NamedTuple

from wizard.formats.region import Region
from wizard.formats.source import LineIndex
from wizard.harmless import one_line

PIPED = "-"
"""The path of standard input."""


class Source:
    """One text as it is on disk; `path` as the person named it, with / between folders.

    `flaw` describes its bytes: "" (UTF-8), "bom" (removed from the text), "latin-1" (not UTF-8), "nul".
    """

    __slots__ = ("_lines", "_rows", "flaw", "path", "text")

    def __init__(self, path: str, text: str, flaw: str = "") -> None:
        self.path = path
        marked = text.startswith("\ufeff")
        self.text = text[1:] if marked else text
        self.flaw = flaw or ("bom" if marked else "")
        self._lines: LineIndex | None = None
        self._rows: list[str] | None = None

    @property
    def key(self) -> str:
        """Its path without `.` and `..`, by which the files of one run are told apart."""
        return posixpath.normpath(self.path)

    @property
    def shown(self) -> str:
        """Its path as a part of a line of a report."""
        return one_line(self.path)

    def at(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset, from 1."""
        if self._lines is None:
            self._lines = LineIndex(self.text)
        return self._lines.at(max(0, min(offset, len(self.text))))

    @property
    def runs(self) -> str:
        """Whether it is the command line of something that runs: "process", "container", or "" for a file."""
        kind, colon, rest = self.path.partition(":")
        return kind if colon and kind in ("process", "container") and ":" not in rest else ""

    @property
    def rows(self) -> list[str]:
        """Its lines, without their ends."""
        if self._rows is None:
            self._rows = self.text.split("\n")
        return self._rows

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.path.rsplit("/", 1)[-1]

    @property
    def folder(self) -> str:
        """The folder it is in, "" for the current one."""
        return self.path.rpartition("/")[0]

    @property
    def region(self) -> Region:
        """The whole text."""
        return Region(self.text)


class Unpacked(Source):
    """What a program makes of a source before it reads it, such as the cells of a notebook; places are the source's."""

    __slots__ = ("_inside", "_whole")

    def __init__(self, whole: Source, inside: Region) -> None:
        super().__init__(whole.path, inside.text, whole.flaw)
        self._whole, self._inside = whole, inside

    def at(self, offset: int) -> tuple[int, int]:
        """(line, column) in the source, from 1."""
        return self._whole.at(self._inside.origin(max(0, offset)))

    @property
    def rows(self) -> list[str]:
        """The source's lines."""
        return self._whole.rows


class SourcePart(NamedTuple):
    """A text inside a source, such as a file in a ConfigMap; `name` is the file it becomes."""

    source: Source
    region: Region
    name: str
    """Name of the file it is or becomes."""
    where: str = ""
    """What it is part of, such as "ConfigMap ts"; "" = the whole file."""
    more: bool = False
    """It is appended to a file that was not read."""
    open: bool = False
    """A shell or a reader replaces what begins with $, or the reader adds what is left out."""

    @property
    def key(self) -> tuple[str, str]:
        """(path, name inside) by which it is told apart; the name is "" for a whole file."""
        return self.source.key, self.where and self.name

    @property
    def elided(self) -> bool:
        """What is missing in it may only have been left out."""
        return self.more and self.open

    @property
    def text(self) -> str:
        """What its reader will see."""
        return self.region.text

    def origin(self, offset: int) -> int:
        """Offset in the source."""
        return self.region.origin(offset)
