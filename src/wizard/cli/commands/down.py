"""`down`: remove what trials left behind."""

from __future__ import annotations

import argparse
from functools import partial

from wizard import console
from wizard.errors import ExitCode
from wizard.machine import docker_engine
from wizard.trial import sweep

_ANSWER_S = 10.0
"""Seconds to wait for an engine that an earlier trial used."""


def run(options: argparse.Namespace) -> int:
    """Remove abandoned trials; with --all, every trial of this user.

    Exit code 3 if something is left. Without Docker, only native trials can be left.
    """
    swept = sweep.sweep(partial(docker_engine.connect, timeout=_ANSWER_S), everything=options.all)
    if swept.unasked:
        console.talk(f"Docker was not asked: {swept.unasked}")
    for sentence in swept.left:
        console.talk(sentence)
    if options.format == "json":
        console.out_json({"removed": swept.removed})
    elif not (swept.removed or swept.left):
        console.out("No trial left anything behind.")
    else:
        console.out(f"Removed {swept.removed} containers, networks, images and folders of trials.")
    return ExitCode.ENVIRONMENT if swept.left else ExitCode.OK
