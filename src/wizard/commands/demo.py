"""`demo`: the wizard on a bundled sample model; nothing has to be prepared."""

from __future__ import annotations

import argparse

from wizard.commands.wizard import open_wizard
from wizard.plan import Model, Plan
from wizard.samples import sample_path

_NAMES = {"torchserve": "echo", "tensorflow-serving": "half_plus_two"}


def run(options: argparse.Namespace) -> int:
    """Open the wizard with the sample of the chosen server filled in."""
    server = options.server
    model = Model(name=_NAMES[server], path=str(sample_path(server)))
    plan = Plan(server=server, models=(model,))
    return open_wizard(plan, None, demo=True, plain=options.plain)
