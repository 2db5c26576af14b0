"""Every recorded file goes through all that `check`, `explain` and `import` do: reports, settings in force, answers."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from unittest.mock import patch

import jsonschema
import pytest
from sarif_pydantic import Sarif

from tests.check.test_cases import CASES, Case, every
from tests.check.test_reports import SARIF
from tests.support.checking import check
from tests.support.each import each
from wizard.check import effective
from wizard.check.analysis import Analysis, FileReport
from wizard.check.findings import ReportLine, words
from wizard.check.importing import draft
from wizard.check.reports.github import as_annotations
from wizard.check.reports.junit import as_junit
from wizard.check.reports.sarif import as_sarif
from wizard.errors import WizardError
from wizard.observed.source import Source
from wizard.plan import answers

Reported = list[tuple[FileReport, list[ReportLine]]]
Alone = dict[str, tuple[Analysis, FileReport]]


def source(case: Case) -> Source:
    return Source(f"{case['id']}/{case['name']}", case["text"])


@pytest.fixture(scope="module")
def reported() -> Reported:
    """One run over all of them, each in a folder of its own."""
    return [(report, words(report)) for report in check(source(case) for case in CASES)]


@pytest.fixture(scope="module")
def alone() -> Alone:
    """A run over each of them alone."""
    found = {}
    for case in CASES:
        analysis = Analysis()
        analysis.add(source(case))
        (report,) = analysis.reports()
        assert not report.problem, case["id"]
        found[case["id"]] = analysis, report
    assert len(found) == len(CASES)
    return found


@each(every())
def test_answers_are_made_of_it_or_it_is_said_why_not(case: Case, alone: Alone) -> None:
    analysis, report = alone[case["id"]]
    try:
        with patch.object(analysis, "reports", lambda: [report]):
            found = draft(analysis)
    except WizardError as problem:
        assert str(problem).strip()
        return
    answers.validate(found.data)


@each(every())
def test_its_settings_in_force_are_told(case: Case, alone: Alone) -> None:
    observed = alone[case["id"]][0].observed
    assert all(row.isprintable() for row in effective.as_text(observed))
    json.dumps(effective.as_json(observed))


def test_in_one_folder_each_says_what_it_says_alone(reported: Reported, alone: Alone) -> None:
    for case, (report, lines) in zip(CASES, reported, strict=True):
        own = words(alone[case["id"]][1])
        assert [(line.id, line.line) for line in lines] == [(line.id, line.line) for line in own], report


def test_the_formats_hold_all_of_them(reported: Reported) -> None:
    lines = [line for _, said in reported for line in said]
    made = json.loads(json.dumps(as_sarif(reported)))
    jsonschema.validate(made, SARIF)
    assert len(Sarif.model_validate(made).runs[0].results or ()) == len(lines)
    suites = ET.fromstring(as_junit(reported, lines))
    assert len(suites.findall(".//failure")) == len(lines)
    rows = list(as_annotations(reported))
    assert len(rows) == len(lines) and all(row.startswith("::") and "\n" not in row for row in rows)
