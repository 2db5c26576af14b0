"""Small files rewritten from what people have, with the effect each line has: data/check_cases.json.

data/check_cases_own.json has more of them, for idioms that only look wrong and for every holder of a command line;
data/check_cases_more.json goes through every reader once more, each record written from the facts before it was run.
data/check_cases_llm.json has those of servers for language models; the ones of servers in the house are judged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wizard.check.analysis import check
from wizard.check.findings import ReportLine, words
from wizard.observed.source import Source

DATA = Path(__file__).parents[1] / "data"

LANGUAGE_MODELS = ("ll-", "no-")
"""How the ids of judged records begin: llama-server's, and files that belong to no server."""


def _recorded(name: str) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((DATA / name).read_text("utf-8"))
    return cases


CASES = [
    *_recorded("check_cases.json"),
    *_recorded("check_cases_own.json"),
    *_recorded("check_cases_more.json"),
    *(case for case in _recorded("check_cases_llm.json") if case["id"].startswith(LANGUAGE_MODELS)),
]

LINE_IS = {"sv-ts-background": {5: 6}}
"""Line 5 of that record is a comment; the command it speaks of is line 6."""

ALSO = {"ll-pr-bad-number": {"LS-PRESET-CUT"}}
"""Its note says that a finding on line 4 is right too."""


NAME_TELLS = {"ts-key-other-properties"}
"""Of which nothing but the name says what it is."""


def found(case: dict[str, Any], name: str = "") -> list[ReportLine]:
    (report,) = check([Source(name or case["name"], case["text"])])
    assert not report.problem
    return words(report)


def matches(case: dict[str, Any], line: ReportLine, expected: dict[str, Any]) -> bool:
    number = LINE_IS.get(case["id"], {}).get(expected["line"], expected["line"])
    same = line.effect == expected["effect"] and line.severity == expected["severity"]
    return same and number in (None, line.line)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_every_effect_is_found_on_its_line_and_nothing_else_is_said(case: dict[str, Any]) -> None:
    left = found(case)
    for expected in case["expect"]:
        if expected["effect"] == "fine":
            continue
        line = next((each for each in left if matches(case, each, expected)), None)
        assert line is not None, (expected, [(each.line, each.id, each.effect, each.severity) for each in left])
        left.remove(line)
    beyond = [line for line in left if line.effect != "style" and line.severity != "info"]
    beyond = [line for line in beyond if line.id not in ALSO.get(case["id"], ())]
    assert not beyond, [(line.line, line.id, line.severity, line.message) for line in beyond]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_what_comes_from_standard_input_is_recognised_by_its_content(case: dict[str, Any]) -> None:
    assert [line[:5] for line in found(case, "-")] == [line[:5] for line in found(case)]


@pytest.mark.parametrize("case", [case for case in CASES if case["clean"]], ids=lambda case: case["id"])
def test_nothing_is_said_about_what_is_clean(case: dict[str, Any]) -> None:
    said = [line for line in found(case) if line.severity != "info"]
    expected = {(each["line"], each["effect"]) for each in case["expect"]}
    assert not [line for line in said if line.effect != "style" or (line.line, line.effect) not in expected]


def test_every_finding_has_whole_sentences() -> None:
    for case in CASES:
        for line in found(case):
            assert line.message.strip() and line.message.isprintable(), line.id
            assert line.evidence, line.id
