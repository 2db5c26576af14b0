"""A server's package can be taken out: everything else loads, and what it writes for the other servers is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.requires import ROOT
from wizard import registry

BUNDLED = {
    name: package.rpartition(".")[2]
    for name in registry.names()
    if (package := registry.package(name)).startswith("wizard.servers.")
}

PROGRAM = """
import json, pkgutil, sys
from importlib import import_module
from pathlib import Path

import wizard
from wizard import registry

gone, entries = sys.argv[1], registry._entries
registry._entries = lambda: (each for each in entries() if each[0] != gone)
for module in pkgutil.walk_packages(wizard.__path__, "wizard."):
    parts = module.name.split(".")
    if not {"__main__", "_pb", "emulator", "browser_wizard"} & set(parts):
        import_module(module.name)

from wizard.host import Host
from wizard.machine import project
from wizard.placement import intents
from wizard.plan import Plan, answers

HOME = Path("/home/somebody")
found = {}
for name in registry.names():
    models = [{"name": "m", "path": f"/nowhere/m"}]
    for how in ("docker", "native"):
        plan = Plan.model_validate({"server": name, "models": models, "run": {"how": how}})
        made = project.prepare(plan, HOME, HOME, Host())
        found[f"{name} {how}"] = [project.texts(made), [finding.name for finding in made.findings]]
        found[f"{name} {how} intents"] = [str(row) for row in intents.rows(name, how=how)]
json.dump({"names": registry.names(), "found": found}, sys.stdout)
"""


def told(source: Path, gone: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", PROGRAM, gone]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    return told(ROOT / "src", "")


@pytest.mark.parametrize("name", BUNDLED)
def test_without_it_nothing_else_changes(name: str, whole: dict[str, Any], tmp_path: Path) -> None:
    # With its byte code, which the times of the copied files still fit: compiling it all again takes longest.
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("*.egg-info"))
    shutil.rmtree(tmp_path / "src" / "wizard" / "servers" / BUNDLED[name])
    found = told(tmp_path / "src", name)
    assert found["names"] == [each for each in whole["names"] if each != name]
    assert found["found"] == {key: value for key, value in whole["found"].items() if not key.startswith(f"{name} ")}
