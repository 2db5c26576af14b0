"""The report of a trial in the wizard: beside the files of just these answers, or nowhere."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from wizard.machine import hostfacts
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.session import trying, writing
from wizard.session.beginning import Beginning
from wizard.session.session import Session
from wizard.session.steps.base import Answer
from wizard.trial.report import Report

REPORT = Report("tensorflow-serving", "2.19.1", "", False, None, (), (), problem="It ended.")


@pytest.fixture
def session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """A session whose answers were written."""
    monkeypatch.chdir(tmp_path)
    model = {"name": "half", "path": str(sample_path("tensorflow-serving"))}
    plan = Plan.model_validate({"server": "tensorflow-serving", "models": [model], "run": {"how": "native"}})
    made = Session(plan)
    made.begin(Beginning(plan, hostfacts.measure(), {}))
    made.written(writing.write(writing.look(made, str(tmp_path / "there")), "backup"))
    return made


def left(session: Session) -> tuple[str, ...]:
    return trying.leave_report(session, writing.trial_project(session), REPORT)


def test_beside_the_files_that_were_written(session: Session, tmp_path: Path) -> None:
    text = tmp_path / "there" / "trial-report.md"
    assert left(session) == (f"The report is in {text}.",)
    assert "not what was tried" not in text.read_text()


def test_not_beside_files_of_other_answers(session: Session, tmp_path: Path) -> None:
    assert not session.propose(Answer((("auth.inference", "gateway-token"),), "a token"))
    assert left(session) == ()
    assert not (tmp_path / "there" / "trial-report.md").exists()


def test_files_that_are_gone_by_then_are_a_sentence(session: Session, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "there")
    assert left(session) == (f"No report was left: {tmp_path / 'there'}: No such file or directory.",)


def test_answers_that_cannot_be_used_any_more_are_a_sentence(session: Session) -> None:
    assert session.outcome is not None
    gone = session.outcome.plan.model_copy(update={"version": "0.0.1"})
    session.outcome = replace(session.outcome, plan=gone)
    (said,) = left(session)
    assert said.startswith("No report was left: ")
