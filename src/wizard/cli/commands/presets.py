"""`presets`: list them, or show one."""

from __future__ import annotations

import argparse

from wizard import console, presets
from wizard.cli import draw
from wizard.errors import ExitCode, WizardError


def run(options: argparse.Namespace) -> int:
    """List the presets, or show one as part of an answers file."""
    if options.action == "show":
        if not options.name:
            raise WizardError("Which preset?", hint=f"One of: {', '.join(presets.names())}")
        _show(presets.load(options.name), options.format)
    else:
        _list(options.format)
    return ExitCode.OK


def _list(form: str) -> None:
    found = [presets.load(name) for name in presets.names()]
    if form == "json":
        console.out_json({"presets": [{"name": p.name, "title": p.title, "summary": p.summary} for p in found]})
        return
    width = max(len(p.name) for p in found)
    for preset in found:
        console.out(f"{preset.name:<{width}}  {preset.title}")
        draw.say(f"{'':<{width}}  {preset.summary}", width + 2)
    console.out()
    draw.say("serving-wizard generate MODEL --preset NAME writes files from one; presets show NAME prints its answers.")


def _show(preset: presets.Preset, form: str) -> None:
    if form == "json":
        document = {"name": preset.name, "title": preset.title, "summary": preset.summary, "answers": preset.answers}
        console.out_json(document)
        return
    console.out(f"# {preset.title}. {preset.summary}")
    console.out(preset.text.strip())
