"""Files that are right or wrong only together, each record of data/check_pairs.json written from the facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.checking import check
from wizard.check.findings import words
from wizard.observed.source import Source

PAIRS: list[dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data" / "check_pairs.json").read_text("utf-8"))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["id"])
def test_each_finding_stands_in_its_file_and_nothing_else_is_said(pair: dict[str, Any]) -> None:
    sources = [Source(file["name"], file["text"]) for file in pair["files"]]
    reports = check(sources, {source.path: source for source in sources}.get)
    assert not [report.problem for report in reports if report.problem]
    said = [
        (report.source.path, line.line, line.effect, line.severity)
        for report in reports
        for line in words(report)
        if line.effect != "style" and line.severity != "info"
    ]
    expected = [(each["file"], each["line"], each["effect"], each["severity"]) for each in pair["expect"]]
    assert sorted(map(str, said)) == sorted(map(str, expected))
