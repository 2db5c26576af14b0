"""The hook and the workflow steps that check.md shows do what they say, run as pre-commit and a workflow run them."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.check.test_cases import CASES, found, said
from tests.check.test_rules import EXAMPLES
from tests.support.checking import check
from wizard.machine import checkfiles

ROOT = Path(__file__).parents[2]
SECTION = (ROOT / "docs" / "check.md").read_text("utf-8").partition("## In a pipeline\n")[2]
BLOCKS = [yaml.safe_load(block) for block in re.findall(r"(?:^    .*\n|^\n(?=    ))+", SECTION, re.MULTILINE)]
(OFFERED,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
SHOWN = BLOCKS[0]["repos"][0]["hooks"][0]
STEPS = [step["run"] for block in BLOCKS[1:] for step in block if "run" in step]

BROKEN = "inference_address=http://127.0.0.1:8080\ncors.allowed.origin=https://app.example\n"
FIXED = BROKEN.partition("\n")[0] + "\n"


def folder(tmp_path: Path, text: str) -> Path:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "config.properties").write_text(text)
    (tmp_path / "notes.yaml").write_text("a: 1\n")
    return tmp_path


def run(command: list[str], where: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        command, cwd=where, env=os.environ | {"PATH": path}, capture_output=True, text=True, timeout=120
    )


def hook(given: dict[str, Any], where: Path) -> subprocess.CompletedProcess[str]:
    """As pre-commit runs a hook that wants no names of files."""
    assert given["pass_filenames"] is False
    return run([*shlex.split(given["entry"]), *given.get("args", ())], where)


@pytest.mark.parametrize("given", [OFFERED, SHOWN], ids=["offered", "shown"])
def test_a_hook_stops_a_commit_that_will_not_work(given: dict[str, Any], tmp_path: Path) -> None:
    where = folder(tmp_path, BROKEN)
    done = hook(given, where)
    assert done.returncode == 1 and "TS-KEY-UNKNOWN" in done.stdout, done.stderr
    assert "notes.yaml" not in done.stdout + done.stderr
    (where / "deploy" / "config.properties").write_text(FIXED)
    assert hook(given, where).returncode == 0


def test_the_offered_hook_runs_for_every_file_that_is_read() -> None:
    wanted = re.compile(OFFERED["files"])
    sources = list(checkfiles.named([str(EXAMPLES)]))
    names = {report.source.path for report in check(sources) if report.kind}
    names |= {case["name"] for case in CASES if found(case)}
    assert len(names) > 100
    # Programs in Python are read too, but most of them start no server, and a hook that runs for each runs always.
    assert not [name for name in names if not wanted.search(name) and not name.endswith(".py")]
    assert not wanted.search("model.onnx") and not wanted.search("src/app.py")
    assert not said("src/app.py", BROKEN)


@pytest.mark.parametrize("step", [step for step in STEPS if step.startswith("serving-wizard")])
def test_a_step_of_a_workflow(step: str, tmp_path: Path) -> None:
    where = folder(tmp_path, BROKEN)
    done = run(["bash", "-e", "-o", "pipefail", "-c", step], where)
    if "sarif" in step:
        written = json.loads((where / "check.sarif").read_text())
        assert done.returncode == 0 and written["runs"][0]["results"]
        assert BLOCKS[-1][1]["with"]["sarif_file"] == "check.sarif"
    else:
        assert done.returncode == 1
        assert re.search(r"^::error file=deploy/config\.properties,line=2,", done.stdout, re.MULTILINE), done.stdout


def test_the_steps_install_what_this_project_is_called() -> None:
    (installing,) = (step for step in STEPS if step.startswith("pipx"))
    assert f'\nname = "{installing.split()[-1]}"\n' in (ROOT / "pyproject.toml").read_text("utf-8")
