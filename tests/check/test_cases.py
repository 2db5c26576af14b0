"""Small files rewritten from what people have, with the effect each line has: data/check_cases.json.

data/check_cases_own.json has more of them, for idioms that only look wrong and for every holder of a command line;
data/check_cases_more.json goes through every reader once more, each record written from the facts before it was run;
data/check_cases_further.json has what people combine: several traits in one file, and holders inside other files.
data/check_cases_people.json has what was taken otherwise than its reader takes it, and what READMEs leave out.
data/check_cases_again.json has the most telling of 259 more, each with its effect written down before it was run.
data/check_cases_llm.json has those of servers for language models; the ones of servers in the house are judged.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.checking import check
from tests.support.each import each
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
    *_recorded("check_cases_further.json"),
    *_recorded("check_cases_people.json"),
    *_recorded("check_cases_again.json"),
    *(case for case in _recorded("check_cases_llm.json") if case["id"].startswith(LANGUAGE_MODELS)),
]

LINE_IS = {"sv-ts-background": {5: 6}}
"""Line 5 of that record is a comment; the command it speaks of is line 6."""

ALSO = {"ll-pr-bad-number": {"LS-PRESET-CUT"}}
"""Its note says that a finding on line 4 is right too."""

Case = dict[str, Any]


def every(cases: list[Case] = CASES) -> list[tuple[Case]]:
    """The arguments of a test that tries each of them."""
    return [(case,) for case in cases]


@cache
def said(name: str, text: str) -> tuple[ReportLine, ...]:
    """What is said about one file."""
    (report,) = check([Source(name, text)])
    assert not report.problem
    return tuple(words(report))


def found(case: Case) -> tuple[ReportLine, ...]:
    return said(case["name"], case["text"])


def matches(case: Case, line: ReportLine, expected: dict[str, Any]) -> bool:
    number = LINE_IS.get(case["id"], {}).get(expected["line"], expected["line"])
    same = line.effect == expected["effect"] and line.severity == expected["severity"]
    return same and number in (None, line.line)


@each(every())
def test_every_effect_is_found_on_its_line_and_nothing_else_is_said(case: Case) -> None:
    left = list(found(case))
    for expected in case["expect"]:
        if expected["effect"] == "fine":
            continue
        line = next((line for line in left if matches(case, line, expected)), None)
        assert line is not None, (expected, [(line.line, line.id, line.effect, line.severity) for line in left])
        left.remove(line)
    beyond = [line for line in left if line.effect != "style" and line.severity != "info"]
    beyond = [line for line in beyond if line.id not in ALSO.get(case["id"], ())]
    assert not beyond, [(line.line, line.id, line.severity, line.message) for line in beyond]


@each(every())
def test_what_comes_from_standard_input_is_recognised_by_its_content(case: Case) -> None:
    assert [line[:5] for line in said("-", case["text"])] == [line[:5] for line in found(case)]


@each(every([case for case in CASES if case["clean"]]))
def test_nothing_is_said_about_what_is_clean(case: Case) -> None:
    seen = [line for line in found(case) if line.severity != "info"]
    expected = {(record["line"], record["effect"]) for record in case["expect"]}
    assert not [line for line in seen if line.effect != "style" or (line.line, line.effect) not in expected]


@each(every())
def test_every_finding_has_whole_sentences(case: Case) -> None:
    for line in found(case):
        assert line.message.strip() and line.message.isprintable(), line.id
        assert line.evidence, line.id
