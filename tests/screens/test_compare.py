"""The difference between two Plans, and the history, without a screen."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import pytest

from tests.screens.driving import TENSOR, TORCH
from tests.screens.test_steps import HOST
from wizard.cli.commands.source import read_plan
from wizard.comparison.files import file_changes, lines
from wizard.comparison.plans import Comparison, compare
from wizard.comparison.view import look
from wizard.exposure.summary import command, paragraph
from wizard.placement.resolve import resolve
from wizard.plan import Plan, apply_patch
from wizard.severity import severity_rank


def difference(plan: Plan, patch: dict[str, object]) -> Comparison:
    return compare(look(plan, HOST), look(apply_patch(plan, patch), HOST))


def test_nothing_differs_from_itself() -> None:
    found = difference(TORCH, {})
    assert found.nothing
    assert (found.gains, found.losses) == ((), ())


def test_opening_gains_callers_and_the_worst_comes_first() -> None:
    found = difference(TENSOR, {"bind.inference": {"scope": "all"}})
    assert "other machines can call inference" in [gain.text for gain in found.gains]
    severities = [severity_rank(loss.finding.severity) for loss in found.losses if loss.finding]
    assert severities
    assert severities == sorted(severities)


@pytest.mark.parametrize("address", ["", "10.0.0.5"])
def test_a_wider_scope_takes_away_nothing_that_a_browser_here_can_be_made_to_do(address: str) -> None:
    wider = {"scope": "interface", "address": address} if address else {"scope": "all"}
    kept = {"BIND-LOOPBACK-BROWSER", "BIND-REBIND"} | (set() if address else {"BIND-ZERO-DAY"})
    after = apply_patch(TENSOR, {"bind.inference": wider})
    assert kept <= {finding.id for finding in look(after, HOST).findings}
    gains = {gain.finding.id for gain in difference(TENSOR, {"bind.inference": wider}).gains if gain.finding}
    assert not gains & kept


def test_closing_is_a_gain_only_for_those_who_were_not_meant() -> None:
    opened = apply_patch(TENSOR, {"bind.inference": {"scope": "all"}})
    unasked = difference(apply_patch(opened, {"audiences": ["me"]}), {"bind.inference": {"scope": "loopback"}})
    meant = difference(apply_patch(opened, {"audiences": ["lan"]}), {"bind.inference": {"scope": "loopback"}})
    text = "other machines can no longer call inference"
    assert text in [gain.text for gain in unasked.gains]
    assert text in [loss.text for loss in meant.losses]


def test_lines_are_marked_and_know_their_answer() -> None:
    before = look(TORCH, HOST)
    after = look(apply_patch(TORCH, {"bind.inference": {"scope": "all"}}), HOST)
    change = next(c for c in file_changes(before.files, after.files) if c.path == "compose.yaml")
    assert change.state == "changed"
    assert change.after is not None
    marked = lines(change.before, change.after)
    assert {line.mark for line in marked} == {"+", "-", " "}
    assert "".join(f"{line.text}\n" for line in marked if line.mark != "-") == change.after.text


def test_the_paragraph_says_who_can_call() -> None:
    plan = apply_patch(
        TORCH,
        {
            "bind.inference": {"scope": "interface", "address": "10.0.0.5", "port": 8443},
            "auth.inference": "gateway-token",
            "tls": {"mode": "self-signed"},
            "cors.inference.origins": ["https://app.example", "https://admin.example"],
        },
    )
    text = paragraph(resolve(plan, HOST))
    assert "behind a gateway" in text
    assert "https://10.0.0.5:8443" in text
    assert "10.0.0.0/24" in text
    assert "https://app.example and https://admin.example" in text
    assert "with a token that the gateway checks, encrypted" in text


@pytest.mark.parametrize("plan", [TENSOR, TORCH], ids=["tensorflow-serving", "torchserve"])
def test_the_command_makes_the_same_plan(plan: Plan, tmp_path: Path) -> None:
    plan = apply_patch(
        plan,
        {
            "cors.inference.origins": ["https://app.example"],
            "cors.inference.credentials": True,
            "audiences": ["lan"],
            "models.0.sample": '{"instances": [[1.0]]}',
            "models.0.name": "true",
            "bind.inference": {"scope": "all", "port": 9000},
        },
    )
    words = shlex.split(" ".join(command(plan, str(tmp_path))))
    assert words[:2] == ["serving-wizard", "generate"]
    sets = [words[index + 1] for index, word in enumerate(words) if word == "--set"]
    made, _ = read_plan(argparse.Namespace(answers=None, preset=None, set=sets))
    assert made == plan
