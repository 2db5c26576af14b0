"""A server's package can be taken out: everything else loads, and what it writes for the other servers is the same."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.requires import ROOT
from wizard import registry

BUNDLED = {
    name: package.rpartition(".")[2]
    for name in registry.names()
    if (package := registry.package(name)).startswith("wizard.servers.")
}

PROGRAM = """
import json, os, pkgutil, sys, traceback
from importlib import import_module
from pathlib import Path

for name in sys.argv[1].split():
    import_module(name)
assert "wizard" not in sys.modules

def tell(source, gone, out):
    sys.path.insert(0, source)
    import wizard
    from wizard import registry

    assert wizard.__path__ == [f"{source}/wizard"]
    entries = registry._entries
    registry._entries = lambda: (each for each in entries() if each[0] != gone)
    for module in pkgutil.walk_packages(wizard.__path__, "wizard."):
        parts = module.name.split(".")
        if not {"__main__", "_pb", "emulator", "browser_wizard"} & set(parts):
            import_module(module.name)

    from wizard.host import Host
    from wizard.machine import project
    from wizard.placement import intents
    from wizard.plan import Plan, answers

    home = Path("/home/somebody")
    found = {}
    for name in registry.names():
        models = [{"name": "m", "path": f"/nowhere/m"}]
        for how in ("docker", "native"):
            plan = Plan.model_validate({"server": name, "models": models, "run": {"how": how}})
            made = project.prepare(plan, home, home, Host())
            found[f"{name} {how}"] = [project.texts(made), [finding.name for finding in made.findings]]
            found[f"{name} {how} intents"] = [str(row) for row in intents.rows(name, how=how)]
    Path(out).write_text(json.dumps({"names": registry.names(), "found": found}))

for gone, source, out in json.loads(sys.argv[2]):
    if (pid := os.fork()) == 0:
        try:
            tell(source, gone, out)
            os._exit(0)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)
    if os.waitpid(pid, 0)[1]:
        sys.exit(f"without {gone!r}")
"""
"""Takes packages that are not ours, which are loaded once for all copies of this process, and for each copy: which
server is gone, where the source is, and the file to write what it found into."""
OTHERS = (
    "cryptography.x509 docker google.protobuf psutil pydantic rich.console textual.app textual.widgets tomlkit yaml"
)


def test_without_it_nothing_else_changes(tmp_path: Path) -> None:
    looks = [("", str(ROOT / "src"), str(tmp_path / "whole.json"))]
    for name, package in BUNDLED.items():
        source = tmp_path / package / "src"
        # With its byte code, which the times of the copied files still fit: compiling it all again takes longest.
        shutil.copytree(ROOT / "src", source, ignore=shutil.ignore_patterns("*.egg-info"))
        shutil.rmtree(source / "wizard" / "servers" / package)
        looks.append((name, str(source), str(tmp_path / f"{name}.json")))
    environment = {**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", PROGRAM, OTHERS, json.dumps(looks)]
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told: dict[str, dict[str, Any]] = {gone: json.loads(Path(out).read_text()) for gone, _, out in looks}
    whole = told.pop("")
    assert len(told) > 1
    for gone, found in told.items():
        assert found["names"] == [each for each in whole["names"] if each != gone], gone
        others = {key: each for key, each in whole["found"].items() if not key.startswith(f"{gone} ")}
        assert found["found"] == others, gone
