"""Tables: drawn with rich where a person reads a terminal, plain aligned text everywhere else."""

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
    from rich.text import Text


def person(error: bool = False) -> bool:
    """Whether a person reads standard output (or standard error) on a terminal that can be drawn on."""
    return (sys.stderr if error else sys.stdout).isatty() and os.environ.get("TERM") != "dumb"


def draw(heads: Sequence[str], rows: Sequence[Sequence[str]], wrap_first: bool = False) -> None:
    """One table on standard output. The last column wraps on a terminal and is never cut; the first where asked for."""
    if person():
        _rich(heads, rows, wrap_first)
        return
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads))]
    for row in (heads, *rows):
        console.out("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())


def wrapped(line: str, indent: int, error: bool = False) -> list[str]:
    """A line as lines that fit the terminal, the further ones indented; as it is where no person reads one."""
    if not person(error):
        return [line]
    width = max(40, shutil.get_terminal_size().columns)
    first = len(line) - len(line.lstrip())
    return textwrap.wrap(
        line.strip(),
        width,
        initial_indent=" " * first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    ) or [line]


def _rich(heads: Sequence[str], rows: Sequence[Sequence[str]], wrap_first: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    if wrap_first:
        room = max(24, shutil.get_terminal_size().columns - _BESIDE)
        rows = [(textwrap.fill(row[0], room, subsequent_indent="    "), *row[1:]) for row in rows]
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for at, head in enumerate(heads):
        table.add_column(_cell(head), no_wrap=at < len(heads) - 1, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(cell) for cell in row))
    Console(highlight=False).print(table)


def _cell(cell: str) -> Text:
    from rich.text import Text

    shown = harmless(cell)
    found = Text(shown, style=_STYLES.get(cell, ""))
    if console.may_link(sys.stdout):
        for start, end in console.links(shown):
            found.stylize(f"link {shown[start:end]}", start, end)
    return found


_BESIDE = 42
"""Cells kept for what stands beside a first column that wraps: two marks and a reason."""
_STYLES = {
    "asks": "yellow",
    "✓": "green",
    "✗": "red",
    "yes": "green",
    "·": "dim",
    "impossible": "red",
    "gateway": "cyan",
}
