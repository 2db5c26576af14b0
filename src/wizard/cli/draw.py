"""Tables: drawn with rich if a person reads them on a terminal, plain aligned text otherwise."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from wizard import console
from wizard.harmless import harmless

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text


def person(error: bool = False) -> bool:
    """Whether a person reads standard output (or standard error) on a terminal."""
    return (sys.stderr if error else sys.stdout).isatty()


def moving() -> bool:
    """Whether something may be drawn on standard error and taken away again."""
    return person(error=True) and os.environ.get("TERM") != "dumb"


def draw(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """One table on standard output. On a terminal it fits the width, and nothing is cut off."""
    if person():
        _rich(heads, rows)
        return
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    for row in (heads, *rows):
        console.out("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def width(most: int = 0, error: bool = False) -> int:
    """Width of a line in cells: the terminal's if a person reads it, up to a limit (0 = none); else `most`."""
    here = max(_NARROWEST, shutil.get_terminal_size().columns) if person(error) else most
    return min(here, most) if most else here


def say(line: str, indent: int = 0) -> None:
    """A line on standard output, within the terminal's width if a person reads it."""
    for each in wrapped(line, indent):
        console.out(each)


def wrapped(line: str, indent: int, error: bool = False) -> list[str]:
    """A line split to fit the terminal, with further lines indented; unchanged if no person reads it."""
    if not person(error):
        return [line]
    first = len(line) - len(line.lstrip())
    return textwrap.wrap(
        line.strip(),
        width(),
        initial_indent=" " * first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [line]


def paper(error: bool = False) -> Console:
    """The output that rich draws on; with NO_COLOR, or on a dumb terminal, plain text without bold or dim either."""
    # rich is loaded only where a person reads: a fifth of the time of a command.
    from rich.console import Console

    if os.environ.get("TERM") == "dumb":
        # Told the size: rich takes every dumb terminal for one of 80 columns.
        columns, lines = shutil.get_terminal_size()
        return Console(stderr=error, highlight=False, color_system=None, width=columns, height=lines)
    return Console(stderr=error, highlight=False, color_system=None if os.environ.get("NO_COLOR") else "auto")


def _rich(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """The widest column before the last wraps.

    If too little width is left for the last column, it goes below its row.
    """
    # See `paper`.
    from rich.cells import cell_len
    from rich.text import Text

    terminal = shutil.get_terminal_size().columns
    widths = [max(cell_len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    *leading, last = widths
    widest = leading.index(max(leading))
    room = terminal - sum(leading) + leading[widest] - len(_GAP) * len(leading)
    need = min(last, _LAST)
    below = room - need < min(leading[widest], _WIDEST)
    leading[widest] = max(_SMALLEST, min(leading[widest], room + len(_GAP) if below else room - need))
    head = f"{heads[-1]}: " if heads[-1] and last <= _LAST else ""  # a sentence needs no heading
    printer = paper()
    for number, row in enumerate(rows):
        cells = [textwrap.fill(c, w, subsequent_indent="    ") for c, w in zip(row, leading, strict=False)]
        if below:
            printer.print(_table(heads[:-1], cells, leading, not number))
            for line in wrapped(f"      {head}{row[-1]}", 6) if row[-1] else ():
                printer.print(Text(harmless(line), style="dim"), soft_wrap=True)
        else:
            end = terminal - sum(leading) - len(_GAP) * len(leading)
            printer.print(_table(heads, [*cells, row[-1]], [*leading, end], not number))


def _table(heads: Sequence[str], row: Sequence[str], widths: Sequence[int], first: bool) -> Table:
    """One row, with the column headings above the first row."""
    # See `paper`.
    from rich.table import Table

    table = Table(box=None, padding=(0, len(_GAP), 0, 0), pad_edge=False, header_style="bold", show_header=first)
    for head, width in zip(heads, widths, strict=True):
        table.add_column(_cell(head), width=width, overflow="fold")
    table.add_row(*map(_cell, row))
    return table


def _cell(cell: str) -> Text:
    # See `paper`.
    from rich.text import Text

    shown = harmless(cell)
    found = Text(shown, style=_STYLES.get(cell, ""))
    if console.may_link(sys.stdout):
        for start, end in console.links(shown):
            found.stylize(f"link {shown[start:end]}", start, end)
    return found


_NARROWEST = 40
_GAP = "  "
_LAST, _WIDEST, _SMALLEST = 28, 34, 12
"""Cells: minimum for sentences in the last column, for the widest column before it, and overall."""
_STYLES = {
    "asks": "yellow",
    "✓": "green",
    "✗": "red",
    "yes": "green",
    "·": "dim",
    "impossible": "red",
    "gateway": "cyan",
}
