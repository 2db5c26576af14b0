"""A tick in the list of steps means that the step is done, and one order holds wherever files are listed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.screens.driving import TENSOR, TORCH, Driver, Opener, form, go, here, pane, press, settle
from wizard.plan import apply_patch
from wizard.prediction.probes import predict
from wizard.screens.trial_messages import TrialEnded
from wizard.session.steps.base import Answer
from wizard.trial.probes import ProbeResult
from wizard.trial.report import Report


def marks(pilot: Driver) -> Mapping[str, str]:
    """Title -> mark of each line of the list of steps."""
    from wizard.widgets.bars import Rail

    return {entry.title: entry.state for entry in pilot.app.screen.query_one(Rail).entries}


def listed(pilot: Driver) -> list[str]:
    """The files that the Write step names."""
    return re.findall(r"(\S+) \d+ bytes", form(pilot))


def files_in_pane(pilot: Driver) -> list[str]:
    """The files that the pane names, above the one it shows."""
    return re.findall(r"\S*[a-z]\S*", pane(pilot).partition("─")[0].partition("Files")[2])


async def test_a_step_that_was_only_looked_at_has_no_tick(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with opened(TENSOR) as pilot:
        for step_id in ("review", "write", "try", "done", "bind.inference"):
            await go(pilot, step_id)
        assert [marks(pilot)[title] for title in ("Review", "Write", "Try", "Done")] == ["done", "todo", "todo", "todo"]
        await go(pilot, "write")
        await press(pilot, "enter")
        assert here(pilot) == "try"
        assert marks(pilot)["Write"] == "done"
        await press(pilot, "escape", "escape")
        assert marks(pilot)["Try"] == "todo"
        assert not pilot.app.session.propose(
            Answer((("bind.inference", {"scope": "loopback", "port": 9123}),), "another port"), "bind.inference"
        )
        await settle(pilot)
        assert marks(pilot)["Write"] != "done", "what was written is not what is answered now"


async def test_a_review_with_something_to_confirm_has_no_tick(opened: Opener) -> None:
    async with opened(apply_patch(TORCH, {"bind.inference.scope": "all"})) as pilot:
        await go(pilot, "review")
        await go(pilot, "bind.inference")
        assert marks(pilot)["Review"] == "todo"


@pytest.mark.parametrize(("measured", "state"), [("", "done"), ("418", "todo")], ids=["as predicted", "otherwise"])
async def test_try_is_done_when_a_trial_went_as_predicted(
    opened: Opener, monkeypatch: pytest.MonkeyPatch, measured: str, state: str
) -> None:
    async with opened(TORCH) as pilot:
        await go(pilot, "try")
        screen = pilot.app.screen
        monkeypatch.setattr(type(screen), "_run", lambda *_: None)
        screen.start()
        probes = predict(pilot.app.session.view.deployment)
        results = tuple(ProbeResult(probe, measured or probe.predicted) for probe in probes)
        report = Report("torchserve", "0.12.0", "an image", True, 1.0, results, ())
        screen.on_trial_ended(TrialEnded(report, ""))
        await go(pilot, "bind.inference")
        assert marks(pilot)["Try"] == state


async def test_the_write_step_and_its_pane_list_the_files_in_one_order(
    opened: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "serving-echo"
    async with opened(TORCH) as pilot:
        await go(pilot, "write")
        assert listed(pilot) == files_in_pane(pilot) != []
        await press(pilot, "enter")
    (folder / "call.sh").write_text("mine\n")
    (folder / "run.ps1").unlink()
    async with opened(TORCH) as pilot:
        await go(pilot, "write")
        assert listed(pilot)[:2] == ["call.sh", "run.ps1"]
        assert listed(pilot) == files_in_pane(pilot)
        planned = pilot.app.screen._looked.planned
        assert [change.path for change in planned.changes] == [file.path for file in planned.files]
