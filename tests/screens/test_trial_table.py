"""The table of a trial: each caller's requests together, in words, and what differs first."""

from __future__ import annotations

import re
from random import Random

from tests.support.plans import plan
from wizard.host import Host
from wizard.placement.resolve import resolve
from wizard.prediction.probes import predict
from wizard.trial.events import ProbeDone, StageEvent
from wizard.trial.probes import ProbeResult
from wizard.widgets.probes import probe_lines
from wizard.widgets.trial_lines import Progress, progress_lines

LISTED = "https://app.example"
CORS = {"inference": {"origins": [LISTED], "headers": ["content-type"]}}


def results() -> list[ProbeResult]:
    """Every probe as predicted but one, in the order in which answers happen to come."""
    probes = list(predict(resolve(plan("tensorflow-serving", cors=CORS), Host())))
    Random(3).shuffle(probes)
    odd = next(probe for probe in probes if probe.page)
    return [ProbeResult(probe, "599 unreadable" if probe is odd else probe.predicted) for probe in probes]


def test_each_callers_requests_stand_together_and_what_differs_first() -> None:
    lines = [line.plain for line in probe_lines(results(), 160)]
    assert lines[1].startswith("✗ ")
    callers = [
        line[2:].partition("  ")[0].partition(" ×")[0]
        for line in lines
        if line.startswith("✓ ") and "closed" not in line
    ]
    runs = [who for at, who in enumerate(callers) if at == 0 or callers[at - 1] != who]
    assert len(runs) == len(set(runs)), runs
    assert f"page {LISTED}" in runs and "an unlisted page" in runs and "a sandboxed page" in runs


def test_names_that_are_made_up_are_not_shown_as_if_they_said_something() -> None:
    for width in (70, 160):
        lines = [line.plain for line in probe_lines(results(), width)]
        for line in lines:
            assert "The page was" in line or not re.search(r"\bp[0-9a-f]{9}", line), line
        agreeing = [line for line in lines if line.startswith("✓ ")]
        assert len(agreeing) == len(set(agreeing)), "of several that are alike the first stands for all"
        counted = sum(
            int(line[2:].partition("×")[0]) if "×" in line else 1 for line in agreeing if "closed" not in line
        )
        assert counted == sum(result.measured != "unreachable" and result.agrees is True for result in results())


def test_rows_that_differ_in_their_outcome_do_not_look_alike_in_120_columns() -> None:
    wanted = plan("llama-server", auth={"inference": "gateway-token"}, cors=CORS)
    probes = [ProbeResult(probe, probe.predicted) for probe in predict(resolve(wanted, Host()))]
    rows = [re.split(r"  +", line.plain) for line in probe_lines(probes, 94)]
    outcomes: dict[str, set[str]] = {}
    for row in rows:
        outcomes.setdefault("  ".join(row[:2]), set()).add("  ".join(row[2:]))
    assert [row for row, found in outcomes.items() if len(found) > 1] == []


def test_the_probes_are_ticked_once_all_have_answered() -> None:
    found = Progress()
    found.happened(StageEvent("probes", "sending requests"))
    every = results()
    for result in every:
        assert "● probes" in progress_lines(found, True, 100)[0].plain
        found.happened(ProbeDone(result, len(every)))
    assert "✓ probes" in progress_lines(found, True, 100)[0].plain


def test_a_stage_that_was_cut_short_has_no_tick_while_the_trial_cleans_up_either() -> None:
    found = Progress()
    for stage in ("pull", "start", "ready", "down"):
        found.happened(StageEvent(stage, "…"))
    marks = [line.plain[:2] for line in progress_lines(found, True, 100)]
    assert marks == ["✓ ", "✓ ", "– ", "● "]
