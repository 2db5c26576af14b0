"""`cors --expect`, a gate for scripts; and how `try` ends for a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wizard.cli import verdict
from wizard.cli.main import main
from wizard.prediction.values import Probe, Vantage
from wizard.servers.sample import sample_path
from wizard.trial.probes import ProbeResult
from wizard.trial.report import Report

PAGE = "https://app.example"
MODEL = str(sample_path("tensorflow-serving"))
LISTED = (MODEL, "--origin", PAGE, "--page", PAGE, "--header", "content-type:application/json")


def cors(*arguments: str) -> int:
    return main(["cors", *arguments])


def test_what_was_expected_is_no_error() -> None:
    assert cors(*LISTED, "--expect", "allowed") == 0
    assert cors(*LISTED[:-3], "https://other.example", "--header", "content-type", "--expect", "blocked") == 0


def test_what_was_not_expected_ends_with_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert cors(*LISTED, "--expect", "blocked") == 1
    assert "expected blocked, it is allowed" in capsys.readouterr().err
    assert cors(*LISTED) == 0, "without --expect it only tells"


def test_an_error_that_can_be_read_is_neither(capsys: pytest.CaptureFixture[str]) -> None:
    for expected in ("allowed", "blocked"):
        assert cors(*LISTED, "--token", "--expect", expected) == 1
        shown = capsys.readouterr()
        assert "allowed, but answers 401: a token is missing" in shown.out
    assert cors(*LISTED, "--token", "--format", "json") == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "allowed"
    assert cors(*LISTED, "--token", "--header", "authorization", "--expect", "allowed") == 0


def result(name: str, measured: str, predicted: str = "", api: str = "inference", page: str = "") -> ProbeResult:
    probe = Probe(name, "loopback-v4", "127.0.0.1", 8501, api, "http", predicted or measured, page=page)
    return ProbeResult(probe, measured)


def report(*results: ProbeResult) -> Report:
    return Report("tensorflow-serving", "2.19.1", "image", True, 4.8, results, ())


def test_a_trial_that_agrees_ends_in_one_sentence(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    found = report(
        result("a", "200"),
        result("b", "200 readable", page=PAGE),
        result("c", "403 unreadable", page="https://evil.example"),
        result("d", "unreachable", api="grpc"),
    )
    verdict.show(found, everything=False)
    assert capsys.readouterr().out.splitlines() == [
        "✓ answers after 4.8 s   ✓ 4 of 4 probes as predicted",
        f"  inference    2 requests answered, 1 refused; pages that may read: {PAGE}",
        "  the rest     gRPC: closed, seen from 1 place",
    ]


def test_where_one_place_was_not_measured_it_is_not_counted(capsys: pytest.CaptureFixture[str]) -> None:
    def seen(vantage: Vantage, api: str, measured: str) -> ProbeResult:
        return ProbeResult(Probe(f"{vantage} {api}", vantage, "127.0.0.1", 1, api, "connect", "unreachable"), measured)

    places: tuple[Vantage, ...] = ("loopback-v4", "own-address")
    shut = [seen(vantage, api, "unreachable") for vantage in places for api in ("grpc", "metrics")]
    shut[-1] = seen("own-address", "metrics", "not measured: held by python3")
    verdict.show(report(*shut), everything=False)
    assert capsys.readouterr().out.splitlines()[-1].endswith("closed, seen from 1 place")


def test_a_difference_is_told_first(capsys: pytest.CaptureFixture[str]) -> None:
    found = report(result("a", "200"), result("b", "200", "unreachable"), result("c", "not measured: no tool"))
    verdict.show(found, everything=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("✗  127.0.0.1") and "unreachable" in lines[1]
    assert lines[2].endswith("✗ 1 of 2 probes differ from what was predicted, 1 could not be measured")
    verdict.show(found, everything=True)
    assert len(capsys.readouterr().out.splitlines()) > len(lines) + 2
