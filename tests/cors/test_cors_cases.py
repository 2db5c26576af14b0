"""The recorded exchanges: both profiles, every case, and what is not a case."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from wizard.cors.cases import evaluate_cases, parse_cases, read_case
from wizard.cors.fetch import evaluate
from wizard.cors.profile import CHROMIUM, PROFILES, Profile, profile_named
from wizard.cors.rules import rules
from wizard.errors import WizardError

TEXT = (Path(__file__).parents[1] / "data" / "cors_cases.json").read_text("utf-8")
CASES = parse_cases(TEXT)
PLAIN = {
    "id": "x",
    "origin": "https://app.example",
    "request": {"url": "https://api.example/"},
    "response": {"status": 200, "headers": {"Access-Control-Allow-Origin": "*"}},
}


@pytest.mark.parametrize("profile", ["standard", "chromium"])
def test_all_recorded_cases_are_judged_as_recorded(profile: str) -> None:
    assert len(CASES) == 202
    differing = {}
    for case, found in zip(CASES, evaluate_cases(CASES, profile), strict=True):
        wanted = {key: value for key, value in case[profile].items() if key != "console"}
        if any(found[key] != value for key, value in wanted.items()):
            differing[case["id"]] = (wanted, found)
    assert differing == {}


def test_a_result_has_the_documented_shape() -> None:
    found = next(evaluate_cases(CASES))
    assert list(found) == ["id", "verdict", "preflight_sent", "actual_sent", "rule"]


def test_the_recorded_differences_come_from_three_switches_alone() -> None:
    three = Profile("three", authorization_by_wildcard=True, user_agent_dropped=True, local_network_access=True)
    assert list(evaluate_cases(CASES, three)) == list(evaluate_cases(CASES, "chromium"))
    differing = [
        standard["id"]
        for standard, other in zip(evaluate_cases(CASES), evaluate_cases(CASES, three), strict=True)
        if standard != other
    ]
    assert differing == ["null-data-star", "null-data-exact", "null-data-cap", "h-user-agent", "auth-json-star"]


def test_every_explanation_can_be_written() -> None:
    for case in CASES:
        for profile in PROFILES.values():
            verdict = evaluate(read_case(case), profile)
            assert verdict.rule in rules()
            assert verdict.explanation.endswith(".")
            assert "{" not in verdict.explanation


def test_headers_may_be_an_object_and_the_file_a_bare_list() -> None:
    (found,) = evaluate_cases(parse_cases(json.dumps([PLAIN])))
    assert found == {
        "id": "x",
        "verdict": "allowed",
        "preflight_sent": False,
        "actual_sent": True,
        "rule": None,
    }


@pytest.mark.parametrize(
    "change",
    [
        {"request": None},
        {"request": {"url": 7}},
        {"request": {"url": "/", "method": 5}},
        {"request": {"url": "/", "credentials": "some"}},
        {"request": {"url": "/", "redirect": "back"}},
        {"request": {"url": "/", "headers": ["Accept"]}},
        {"request": {"url": "/", "headers": [["Accept"]]}},
        {"request": {"url": "/", "headers": [["Accept", 1]]}},
        {"request": {"url": "/", "headers": 3}},
        {"request": {"url": "/", "body_blob": 3}},
        {"request": {"url": "/", "kind": None}},
        {"origin": None},
        {"response": {"status": "200"}},
        {"response": {"status": True}},
        {"response": []},
        {"hops": {}},
        {"hops": ["x"]},
        {"hops": [{"url": None}]},
    ],
    ids=repr,
)
def test_a_malformed_case_is_named_in_the_complaint(change: dict[str, Any]) -> None:
    with pytest.raises(WizardError) as caught:
        list(evaluate_cases([{**PLAIN, **change, "id": "the-bad-one"}]))
    assert "the-bad-one" in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("case", [None, 3, "x", []])
def test_what_is_no_object_is_named_by_its_place(case: Any) -> None:
    with pytest.raises(WizardError, match="number 2"):
        list(evaluate_cases([PLAIN, case]))


@pytest.mark.parametrize("text", ["", "{", "3", "{}", '{"cases": {}}'])
def test_a_file_without_cases_is_refused(text: str) -> None:
    with pytest.raises(WizardError):
        parse_cases(text)


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(WizardError, match="netscape"):
        list(evaluate_cases(CASES, "netscape"))
    assert profile_named(CHROMIUM) is CHROMIUM


def test_odd_but_readable_cases_are_judged() -> None:
    odd = {**PLAIN, "request": {"url": "http://["}, "response": None}
    (found,) = evaluate_cases([odd])
    assert (found["verdict"], found["rule"], found["actual_sent"]) == ("blocked", "invalid-url", False)
    silent = {**PLAIN, "response": None}
    (found,) = evaluate_cases([silent])
    assert (found["verdict"], found["rule"], found["actual_sent"]) == ("blocked", "no-answer", True)
    no_id = {key: value for key, value in PLAIN.items() if key != "id"}
    (found,) = evaluate_cases([no_id])
    assert found["id"] == "number 1"
