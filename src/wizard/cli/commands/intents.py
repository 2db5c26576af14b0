"""`intents`: which wishes each server grants, and by which layer."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from wizard import console, registry
from wizard.cli.draw import draw
from wizard.errors import ExitCode
from wizard.placement.intents import IntentRow, rows


def run(options: argparse.Namespace) -> int:
    """Print a row for each intent, for the newest version of each server, in Docker and without it."""
    names = (options.server,) if options.server else registry.names()
    found = [row for name in names for how in ("docker", "native") for row in rows(name, how=how)]
    if options.format == "json":
        console.out_json({"intents": [asdict(row) for row in found]})
        return ExitCode.OK
    for name in names:
        own = [row for row in found if row.server == name]
        console.out(f"{registry.adapter(name).title} {own[0].version}")
        docker, native = ([row for row in own if row.how == how] for how in ("docker", "native"))
        lines = [_line(one, other) for one, other in zip(docker, native, strict=True)]
        draw(("wish", "in Docker", "native", "why"), lines)
    return ExitCode.OK


def _line(docker: IntentRow, native: IntentRow) -> tuple[str, str, str, str]:
    why = docker.reason if docker.reason == native.reason else f"Docker: {docker.reason} Native: {native.reason}"
    return docker.intent.label, docker.layer, native.layer, why
