"""`schema`: the JSON Schema of the answers file."""

from __future__ import annotations

import argparse

from wizard import console
from wizard.errors import ExitCode
from wizard.plan import answers


def run(options: argparse.Namespace) -> int:
    """Print it; text and JSON are the same here."""
    del options
    console.out_json(answers.schema())
    return ExitCode.OK
