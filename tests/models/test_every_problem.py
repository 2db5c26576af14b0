"""Everything that can be wrong with a model path is explained, and some test has seen it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from wizard.help.topics import explain, lookup
from wizard.models import problems

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "wizard"
MAKERS = ("Problem", "_failed", "_broken")
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
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            yield from ((room, id_) for id_ in _ids(node))


def _ids(node: ast.AST) -> Iterator[str]:
    """The first argument of what makes a problem, and the first entry of a table of texts by fault."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MAKERS and node.args:
        choices = [node.args[0].body, node.args[0].orelse] if isinstance(node.args[0], ast.IfExp) else [node.args[0]]
        for each in choices:
            if isinstance(each, ast.Constant) and isinstance(each.value, str):
                yield each.value
    if isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Constant):
        first = node.elts[0].value
        if isinstance(first, str) and first.startswith("gguf-"):
            yield first


MADE = sorted(set(made()))


def test_the_source_makes_many() -> None:
    assert len(MADE) > 65
    assert ("", "path-missing") in MADE
    assert ("torchserve", "archive-broken") in MADE


def test_what_is_made_and_what_is_told_of_are_the_same() -> None:
    told = {(room, id_) for room, package in ROOMS.items() for id_ in problems.texts(package)}
    assert told - set(MADE) == set(), "told of, and never made"
    assert set(MADE) - told == set(), "made, and not told of"


@pytest.mark.parametrize(("room", "id_"), [pair for pair in MADE if pair[0] != "llama_server"], ids=str)
def test_a_problem_is_explained_by_the_name_of_its_finding(room: str, id_: str) -> None:
    name = problems.finding_id(id_)
    topic = explain(name)
    assert topic.kind == "finding"
    assert topic.meaning and topic.why and topic.instead and topic.evidence
    assert lookup(name.lower())
    assert lookup(f"{name}@inference")


def test_every_problem_was_seen_by_some_test() -> None:
    """Each id stands in a test of the models, which looks for it in a report."""
    here = Path(__file__)
    files = [*ROOT.glob("tests/models/*.py"), *ROOT.glob("tests/servers/**/*.py"), *ROOT.glob("tests/machine/*.py")]
    seen = {
        node.value
        for file in files
        if file != here
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert {id_ for _, id_ in MADE} - seen == set()
