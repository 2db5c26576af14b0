"""Everything that can be wrong with a model path is explained, and some test has seen it."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.support.each import each
from wizard.help.topics import explain, lookup
from wizard.models import problems

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "wizard"
PATCH_MAKERS = ("_problem", "_failed", "_switched_off")
ROOMS = {"": "wizard.models"} | {
    each.parent.parent.name: f"wizard.servers.{each.parent.parent.name}.models"
    for each in SOURCE.glob(f"servers/*/models/{problems.FILE_NAME}")
}


def made() -> Iterator[tuple[str, str]]:
    """(server's folder, id) of every problem that the source makes."""
    for file in sorted(SOURCE.rglob("*.py")):
        parts = file.relative_to(SOURCE).parts
        room = parts[1] if parts[0] == "servers" and len(parts) > 2 else ""
        if parts[0] in ("formats", "help") or "emulator" in parts:
            continue
        text = file.read_text("utf-8")
        if not any(word in text for word in (*PATCH_MAKERS, "gguf-")):
            continue
        for node in ast.walk(ast.parse(text)):
            yield from ((room, id_) for id_ in _ids(node))


def _ids(node: ast.AST) -> Iterator[str]:
    """The first argument of what makes a problem, and the first entry of a table of texts by fault."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in PATCH_MAKERS and node.args:
        choices = [node.args[0].body, node.args[0].orelse] if isinstance(node.args[0], ast.IfExp) else [node.args[0]]
        for each in choices:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value
    if isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Constant):
        first = node.elts[0].value
        if isinstance(first, str) and first.startswith("gguf-"):
            yield first


def _looks(file: Path) -> bool:
    return any(word in file.read_text("utf-8") for word in ("import inspect\n", "import ModelFile, look_at_file\n"))


MADE = sorted(set(made()))
MODEL_TESTS = [
    "tests/models",
    "tests/machine/test_machine.py",
    *sorted(str(file.relative_to(ROOT)) for file in ROOT.glob("tests/servers/*/test_*.py") if _looks(file)),
]
"""The tests that look at models."""


def test_the_source_makes_many() -> None:
    assert len(MADE) > 65
    assert ("", "path-missing") in MADE
    assert ("torchserve", "archive-broken") in MADE


def test_what_is_made_and_what_is_told_of_are_the_same() -> None:
    told = {(room, id_) for room, package in ROOMS.items() for id_ in problems.texts(package)}
    assert told - set(MADE) == set(), "told of, and never made"
    assert set(MADE) - told == set(), "made, and not told of"


@each(MADE)
def test_a_problem_is_explained_by_the_name_of_its_finding(room: str, id_: str) -> None:
    name = problems.finding_id(id_)
    topic = explain(name)
    assert topic.kind == "finding"
    assert topic.meaning and topic.why and topic.instead and topic.evidence
    assert lookup(name.lower())
    assert lookup(f"{name}@inference")


RECORDER = '''
"""A pytest plugin: writes down which problems the reports of looked-at paths hold, as the tests get them."""
import json, os
from wizard.machine import inspection, modelcheck
from wizard.plan import Model, Plan
from wizard import registry
from wizard.servers.llama_server.models import formats, memory_problems, model_files

_inspect = inspection.inspect
_seen = set()


def inspect(path, server, uid=None):
    report = _inspect(path, server, uid)
    room = type(registry.adapter(server)).__module__.split(".")[2]
    plan = Plan(server=server, models=(Model(name="m", path="x"),))
    found = {finding.id for finding in modelcheck.model_findings(plan, {"m": report})}
    for problem in report.problems:
        assert f"MODEL-{problem.id.upper()}" in found, problem
        _seen.add((room, problem.id))
    return report


inspection.inspect = inspect


def look_at_file(path, *rest):
    """What a path is to one server alone; the path is looked at as any other, too."""
    global _inside
    if not _inside:
        _inside = True
        inspect(path, "llama-server")
        _inside = False
    return _look_at_file(path, *rest)


_inside = False
_look_at_file = model_files.look_at_file
model_files.look_at_file = look_at_file


def noted(found):
    """What models are where they would run."""
    def problems(*given):
        for name, problem in found(*given):
            _seen.add(("llama_server", problem.id))
            yield name, problem

    return problems


memory_problems.problems = noted(memory_problems.problems)
formats.Ggufs.misfits = noted(formats.Ggufs.misfits)


def pytest_sessionfinish(session, exitstatus):
    with open(os.environ["WIZARD_PROBLEMS"], "w", encoding="utf-8") as out:
        json.dump(sorted(_seen), out)
'''


def test_every_problem_is_one_that_a_file_on_the_disk_raises(tmp_path: Path) -> None:
    """The tests of the models once more, with the problems of every path that they look at written down."""
    (tmp_path / "recorder.py").write_text(RECORDER, "utf-8")
    seen = tmp_path / "seen.json"
    environment = {
        **os.environ,
        "WIZARD_PROBLEMS": str(seen),
        "WIZARD_EXAMPLES": "0.01",
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(SOURCE.parent), str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "recorder", "-p", "no:cacheprovider", "-p", "no:xdist"]
    which = ["-m", "not live", f"--ignore={Path(__file__)}", *MODEL_TESTS]
    done = subprocess.run(
        [*command, *which], cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout[-3000:]
    raised = {id_ for _, id_ in json.loads(seen.read_text("utf-8"))}
    assert {id_ for _, id_ in MADE} - raised == set()
