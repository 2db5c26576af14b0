"""`down`: remove what trials left behind."""

from __future__ import annotations

import argparse

from wizard import console
from wizard.errors import ExitCode


def run(options: argparse.Namespace) -> int:
    """Remove abandoned trials; with --all every trial."""
    from wizard.services import docker_trial

    removed = docker_trial.reap(everything=options.all)
    if options.format == "json":
        console.out_json({"removed": removed})
    else:
        console.out(f"Removed {removed} containers, networks and images of trials.")
    return int(ExitCode.OK)
