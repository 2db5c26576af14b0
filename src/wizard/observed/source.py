"""A text that somebody has: a file, standard input, or the command line of something that runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from wizard.formats.region import Region
from wizard.formats.source import LineIndex


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """One text as it stands on disk; `path` as the person named it, with / between folders."""

    path: str
    text: str
    flaw: str = ""
    """What the bytes were like: "" (UTF-8), "bom" (cut off the text), "latin-1" (not UTF-8), "nul"."""
    _lines: list[LineIndex] = field(default_factory=list, repr=False)

    def at(self, offset: int) -> tuple[int, int]:
        """(line, column) of an offset, from 1."""
        if not self._lines:
            self._lines.append(LineIndex(self.text))
        return self._lines[0].at(max(0, min(offset, len(self.text))))

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


@dataclass(frozen=True, slots=True)
class Part:
    """A text of its own inside a source, such as a file in a ConfigMap; `name` is the file it will be."""

    source: Source
    region: Region
    name: str
    """Name of the file it is or becomes."""
    where: str = ""
    """What it is part of, such as "ConfigMap ts"; "" = the whole file."""

    @property
    def text(self) -> str:
        """What its reader will see."""
        return self.region.text

    def origin(self, offset: int) -> int:
        """Offset in the source."""
        return self.region.origin(offset)
