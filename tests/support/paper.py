"""A terminal of some lines that remembers what was written where, for what a program sends to a real one."""

from __future__ import annotations

import re

from rich.cells import cell_len

_TOKEN = re.compile(
    r"\x1b\[(\d+);(\d+)H|\x1b\[([\d;]*)m|(\x1b\]8;;[^\x1b]*\x1b\\)"
    r"|\x1b\[[0-9;:<=>?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|([^\x1b\n]|\n)"
)

Cell = tuple[str, frozenset[str]]


class Paper:
    """Text and style of each cell; the second half of a wide character is ""."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns, self._rows = columns, rows
        self.cells: dict[tuple[int, int], Cell] = {
            (x, y): (" ", frozenset[str]()) for x in range(columns) for y in range(rows)
        }
        self._x = self._y = 0
        self._style: dict[str, str] = {}

    @property
    def text(self) -> str:
        """What stands there, a line each."""
        rows = ("".join(self.cells[x, y][0] for x in range(self._columns)) for y in range(self._rows))
        return "\n".join(row.rstrip() for row in rows)

    def write(self, data: str) -> Paper:
        """Write whole sequences; what is beyond the edge is lost."""
        for row, column, sgr, link, char in _TOKEN.findall(data):
            if row:
                self._x, self._y = int(column) - 1, int(row) - 1
            elif link:
                self._style["link"] = link
                if link == "\x1b]8;;\x1b\\":
                    del self._style["link"]
            elif char and char != "\n":
                self._put(char)
            elif not char:
                self._set(sgr)
        return self

    def _put(self, char: str) -> None:
        for more in range(cell_len(char)):
            if (self._x + more, self._y) in self.cells:
                self.cells[self._x + more, self._y] = ("" if more else char, frozenset(self._style.values()))
        self._x += cell_len(char)

    def _set(self, sgr: str) -> None:
        if sgr.partition(";")[0] in ("", "0"):
            for name in set(self._style) - {"link"}:
                del self._style[name]
        for colour in re.findall(r"[34]8;2;\d+;\d+;\d+", sgr):
            self._style[colour[:2]] = colour
        for number in re.sub(r"[34]8;2;\d+;\d+;\d+", "", sgr).split(";"):
            if number not in ("", "0"):
                self._style[number] = number
