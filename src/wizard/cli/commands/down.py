"""`down`: remove what trials left behind."""

from __future__ import annotations

import argparse

from wizard import console
from wizard.errors import ExitCode, WizardError


def run(options: argparse.Namespace) -> int:
    """Remove abandoned trials; with --all every trial. Where there is no Docker, only native ones can be left."""
    from wizard.trial import docker_backend, owners

    removed = 0
    try:
        removed += docker_backend.reap(everything=options.all)
    except WizardError as problem:
        console.talk(f"Docker was not asked: {problem.title}")
    removed += owners.sweep(everything=options.all)
    if options.format == "json":
        console.out_json({"removed": removed})
    else:
        console.out(f"Removed {removed} containers, networks, images and folders of trials.")
    return int(ExitCode.OK)
