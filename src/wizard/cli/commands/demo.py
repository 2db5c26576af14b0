"""`demo`: the wizard on a bundled sample model; nothing has to be prepared."""

from __future__ import annotations

import argparse

from wizard.cli.commands.wizard import open_wizard


def run(options: argparse.Namespace) -> int:
    """Open the wizard with the sample of the chosen server filled in."""
    return open_wizard(None, demo=options.server, plain=options.plain)
