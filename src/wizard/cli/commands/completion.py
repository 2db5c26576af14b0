"""`completion`: what a shell needs to complete this command line, including presets, servers and ids of findings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence

from wizard.cli.completing import others, posix
from wizard.cli.completing.table import CommandEntry, table
from wizard.errors import ExitCode

_SCRIPTS: dict[str, Callable[[Sequence[CommandEntry]], str]] = {
    "bash": posix.bash,
    "zsh": posix.zsh,
    "fish": others.fish,
    "powershell": others.powershell_script,
}


def run(options: argparse.Namespace) -> int:
    """Print the script; its first line says how to load it."""
    sys.stdout.write(_SCRIPTS[options.shell](table()))
    return ExitCode.OK
