"""The page that `--help` prints, drawn from the table of commands.

It stands apart from the parser, which takes longer to load and to build than all that `--help` needs.
"""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator

from wizard.cli.table import COMMANDS, DESCRIPTION, EPILOG, USAGE

_OPTIONS = {"-h, --help": "show this help message and exit", "--version": "show program's version number and exit"}
"""Of the program itself, in the words of argparse."""


def page() -> str:
    """What `--help` prints, as wide as the terminal."""
    width = max(shutil.get_terminal_size().columns - 2, 40)
    commands = {command.name: command.text for command in COMMANDS}
    parts = (
        (f"usage: {USAGE}",),
        textwrap.wrap(DESCRIPTION, width),
        ("positional arguments:", "  COMMAND", *_listed(commands, 4, width)),
        ("options:", *_listed(_OPTIONS, 2, width)),
        textwrap.wrap(EPILOG, width),
    )
    return "\n\n".join("\n".join(lines) for lines in parts) + "\n"


def _listed(texts: dict[str, str], indent: int, width: int) -> Iterator[str]:
    """Names and what they mean, side by side."""
    column = indent + max(map(len, texts)) + 2
    for name, text in texts.items():
        begin = f"{'':{indent}}{name}".ljust(column)
        yield from textwrap.wrap(text, width, initial_indent=begin, subsequent_indent=" " * column)
