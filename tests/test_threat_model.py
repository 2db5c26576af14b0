"""The threat model and SECURITY.md name tests and files that exist, and every line of the model names one."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

from tests.support.each import each

ROOT = Path(__file__).parents[1]
MODEL = (ROOT / "docs" / "threat-model.md").read_text("utf-8")
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(\w+))?`")
_LINE = re.compile(r"^\| (?!Line|Who|---|-)(.+) \| (.+) \|$", re.MULTILINE)


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef)))


@each(sorted(set(_NAMED.findall(MODEL))))
def test_a_test_that_is_named_exists(path: str, name: str) -> None:
    assert (ROOT / path).is_file()
    assert not name or name in functions(path), f"{path} has no {name}"


def test_every_line_is_held_by_a_test() -> None:
    held = MODEL.partition("## What is read")[2].partition("## Not held")[0]
    lines = _LINE.findall(held)
    assert len(lines) >= 25
    assert [line for line, tests in lines if not _NAMED.search(tests)] == []


def test_what_is_not_held_is_not_called_held() -> None:
    assert MODEL.count("\n- **", MODEL.index("## Not held")) >= 5


def test_each_thing_that_was_found_has_a_test() -> None:
    found = re.findall(
        r"^\| ([DL]\d+) \| .+ \| (.+) \|$", MODEL.partition("## What a hostile test found")[2], re.MULTILINE
    )
    assert [name for name, _ in found] == [f"D{n}" for n in range(1, 19)] + [f"L{n}" for n in range(1, 15)]
    assert [name for name, tests in found if not _NAMED.search(tests)] == []


def test_each_fault_in_scope_leads_to_what_protects_against_it_and_nothing_that_is_held_is_out_of_scope() -> None:
    scope = (ROOT / "SECURITY.md").read_text("utf-8").partition("## In scope")[2].partition("## Not in scope")[0]
    held = MODEL.partition("## What is read")[2].partition("## Not held")[0]
    parts = {"what-is-read", *(name.lower().replace(" ", "-") for name in re.findall(r"^## (.+)$", held, re.MULTILINE))}
    faults = scope.split("\n- ")[1:]
    linked = [set(re.findall(r"docs/threat-model\.md#([\w-]+)", fault)) for fault in faults]
    assert len(faults) >= 7 and all(linked)
    assert set().union(*linked) == parts


def test_the_way_to_report_leads_to_the_model() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    for place in re.findall(r"\]\(([^)#]+)\)", text):
        assert (ROOT / place).is_file(), place
    assert "private report" in text
