"""`compare`: the same answers on another server."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wizard import console, registry
from wizard.cli import draw
from wizard.cli.commands.show import problem_json
from wizard.cli.commands.source import read_plan
from wizard.comparison.plans import cell_changes
from wizard.comparison.view import View, look
from wizard.deployment import Decision, Layer
from wizard.deployment.finding import Finding
from wizard.errors import ExitCode
from wizard.exposure.reach import Cell, audience_title
from wizard.machine import hostfacts
from wizard.machine.inspection import inspect
from wizard.machine.modelcheck import model_findings
from wizard.machine.texts import expanded
from wizard.plan import APIS, Intent, Plan, apply_patch, to_data

_NOTHING = "The answers leave it to the server, and this server has no such setting."


def run(options: argparse.Namespace) -> int:
    """Say which wishes stay as they are, which another layer grants, which are lost, and what changes for callers."""
    plan, base = read_plan(options)
    host = hostfacts.measure()
    before = look(plan, host)
    after = look(apply_patch(plan, _carried_over(plan, options.server)), host)
    unserved = tuple(_unserved(after.deployment.plan, base))
    for problem in unserved:
        for line in draw.wrapped(f"will not work: {problem.message} {problem.on_the_command_line}", 2, error=True):
            console.talk(line)
    found = _changes(before, after)
    code = ExitCode.FINDINGS if unserved else ExitCode.OK
    if options.format == "json":
        console.out_json({**found, "problems": [problem_json(each) for each in unserved]})
        return code
    titles = before.deployment.title, after.deployment.title
    console.out(f"{titles[0]} {before.deployment.plan.version} → {titles[1]} {after.deployment.plan.version}")
    rows = []
    for kind, mark in (("lost", "✗"), ("moved", "→"), ("kept", "✓")):
        for each in found[kind]:
            rows.append((mark, Intent(each["intent"]).label + _at(each), each["layer"], each["reason"]))
    draw.draw(("", "wish", "layer", "why"), rows)
    for each in found["changed"]:
        who = audience_title(after.deployment, each["audience"])
        draw.say(f"  {who}, {each['api']}: {_able(each['before'])} → {_able(each['after'])}", 4)
    return code


def _unserved(plan: Plan, base: Path) -> Iterator[Finding]:
    """The existing models that the server of a Plan cannot load: no wish makes up for that."""
    places = {model.name: base / expanded(model.path) for model in plan.models if model.path}
    reports = {name: inspect(place, plan.server) for name, place in places.items() if place.exists()}
    for found in model_findings(plan, reports):
        if found.severity == "functional":
            yield found


def _carried_over(plan: Plan, server: str) -> dict[str, Any]:
    """The Plan with another server, without answers about APIs that this server does not have."""
    known = {*APIS, *(spec.api for spec in registry.adapter(server).apis)}
    data = to_data(plan)
    alien = {f"{part}.{api}": None for part in ("bind", "cors", "auth") for api in data[part] if api not in known}
    return {**alien, "server": server, "version": ""}


def _able(cell: dict[str, str]) -> str:
    words = {"send": "sends", "read": "reads", "run": "runs code"}
    able = [words[key] + (" if asked" if value == "prompt" else "") for key, value in cell.items() if value != "no"]
    return ", ".join(able) or "nothing"


def _at(decision: dict[str, Any]) -> str:
    return f" ({decision['api']})" if decision["api"] else ""


def _changes(before: View, after: View) -> dict[str, list[dict[str, Any]]]:
    old = {(d.intent, d.api): d for d in before.deployment.decisions}
    found: dict[str, list[dict[str, Any]]] = {"kept": [], "moved": [], "lost": [], "changed": []}
    for decision in after.deployment.decisions:
        was = old.pop((decision.intent, decision.api), None)
        if was is None or was.layer == "impossible":
            continue
        kind = "lost" if decision.layer == "impossible" else "kept" if decision.layer == was.layer else "moved"
        found[kind].append(_wish(was, decision.layer, decision.reason))
    for gone in old.values():
        if gone.layer != "impossible":
            missing = gone.api is not None and after.deployment.endpoint(gone.api) is None
            reason = f"{after.deployment.title} has no such API." if missing else _NOTHING
            found["lost"].append(_wish(gone, "impossible", reason))
    for cell, now in cell_changes(before, after):
        found["changed"].append({"audience": now.audience, "api": now.api, "before": _may(cell), "after": _may(now)})
    return found


def _wish(was: Decision, layer: Layer, reason: str) -> dict[str, Any]:
    return {"intent": str(was.intent), "api": was.api, "layer": layer, "was": was.layer, "reason": reason}


def _may(cell: Cell) -> dict[str, str]:
    return {"send": cell.send, "read": cell.read, "run": cell.run}
