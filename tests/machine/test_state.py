"""What is remembered between runs: closed to others, and read without trust."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from wizard.check import baseline
from wizard.errors import WizardError
from wizard.machine import completion, drafts, recent, state
from wizard.plan import Plan
from wizard.session import beginning, writing
from wizard.trial import marks as trial_marks
from wizard.trial import records, sweep


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def everything() -> None:
    drafts.load()
    recent.paths()
    sweep.sweep()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_closed_to_others_whoever_makes_it_and_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        records.write(trial_marks.Mark("x", tmp_path / "serving-wizard-x", 0.0))
        assert mode(state.folder()) == mode(state.folder() / "trials") == 0o700
        state.folder().chmod(0o755)
        drafts.save(Plan(server="torchserve"), None, tmp_path)
        assert mode(state.folder()) == 0o700 and mode(drafts.where()) == 0o600
        state.folder().chmod(0o755)
        records.write(trial_marks.Mark("x", tmp_path / "serving-wizard-x", 0.0))
        assert mode(state.folder()) == 0o700
    finally:
        os.umask(before)


def test_what_a_killed_writer_left_goes_with_the_next_one(tmp_path: Path) -> None:
    drafts.save(Plan(server="torchserve"), None, tmp_path)
    left = drafts.where().with_name(".draft.json.0a.tmp")
    left.write_text("half")
    drafts.save(Plan(server="torchserve"), None, tmp_path)
    assert not left.exists()


def test_a_link_in_the_place_of_a_file_is_not_written_through(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    drafts.save(Plan(server="torchserve"), None, tmp_path)
    drafts.where().unlink()
    drafts.where().symlink_to(victim)
    with pytest.raises(WizardError, match="symbolic link"):
        drafts.save(Plan(server="torchserve"), None, tmp_path)
    assert victim.read_text() == "mine"


FILES = (Path("draft.json"), Path("recent.json"), Path("trials/x.json"))


def test_pipes_are_not_waited_for() -> None:
    for name in FILES:
        place = state.folder() / name
        place.parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(place)
    everything()


ODD = {
    "nested": "[" * 100_000,
    "a huge number": '{"format": 1, "saved": ' + "9" * 10_000 + "}",
    "no UTF-8": "\udcff",
    "a list": "[1, null, {}]",
    "a text": '"x"',
}


@pytest.mark.parametrize("text", ODD.values(), ids=ODD)
def test_files_that_make_no_sense_are_passed_over(text: str) -> None:
    for name in FILES:
        place = state.folder() / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, "utf-8", errors="surrogateescape")
    everything()


@pytest.mark.parametrize("saved", ["1e999", "-1e999", "NaN", "1e300", "-1", '"x"', "null", "[]"])
def test_a_draft_of_no_day_is_none(saved: str) -> None:
    drafts.where().parent.mkdir(parents=True)
    text = '{"format": 1, "saved": SAVED, "about": "", "base": "/", "plan": {}}'
    drafts.where().write_text(text.replace("SAVED", saved))
    assert drafts.load() is None
    drafts.where().write_text(text.replace("SAVED", "1.5"))
    found = drafts.load()
    assert found is not None and found.day()


@pytest.mark.parametrize("begun", ["nan", "x", "1e9999", "", "-1.00"])
def test_a_record_with_a_broken_start_ends_nobody(begun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "kill", lambda pid, number: ended.append(pid))
    place = state.folder() / "trials" / "x.json"
    place.parent.mkdir(parents=True)
    marks = {"machine": trial_marks.machine(), "group": str(os.getpgid(0)), "group_started": begun, "until": "0"}
    place.write_text(json.dumps({f"serving-wizard.{key}": value for key, value in marks.items()}))
    sweep.sweep()
    assert not ended


@pytest.mark.parametrize("text", ["[" * 100_000, '{"version": 1, "findings": [{"count": 1e999}]}', "9" * 10_000])
def test_a_baseline_that_makes_no_sense_is_refused(text: str) -> None:
    if "count" in text:
        text = text.replace('"count"', '"path": "a", "id": "b", "fingerprint": "c", "count"')
    with pytest.raises(WizardError, match="no baseline"):
        baseline.load(text, "b.json", str)


def test_a_home_of_nobody_is_no_traceback(tmp_path: Path) -> None:
    assert completion.complete("~nosuchuser/x", tmp_path) == ""
    report = beginning.inspect("~nosuchuser/m", "torchserve", tmp_path)
    assert report.problems


@pytest.mark.parametrize("target", ["~nosuchuser/x", "a\0b"])
def test_a_folder_that_cannot_be_is_told(target: str, tmp_path: Path) -> None:
    from wizard.session.session import Session

    session = Session(Plan(server="torchserve"))
    session.base = tmp_path
    session.begin(session.load())
    with pytest.raises(WizardError):
        writing.look(session, target)
