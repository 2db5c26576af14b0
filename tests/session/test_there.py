"""What was there before the wizard was opened on it: what of it has no answer, and what is different now."""

from __future__ import annotations

from pathlib import Path

import pytest

from wizard.session import there
from wizard.session.opening import open_path
from wizard.session.session import Session
from wizard.session.steps.base import Answer

COMPOSE = """\
services:
  ts:
    image: pytorch/torchserve:0.12.0-cpu
    ports: ["8080:8080"]
    environment: {FOO: bar}
"""


def opened(folder: Path) -> Session:
    (folder / "compose.yml").write_text(COMPOSE, "utf-8")
    session = Session(opened=open_path(str(folder / "compose.yml")))
    session.begin(session.load())
    return session


def test_what_has_no_answer_is_said(tmp_path: Path) -> None:
    assert any("FOO" in each.sentence for each in there.unlike(opened(tmp_path)))


def test_a_change_is_compared_with_what_was_there_whatever_was_answered_between(tmp_path: Path) -> None:
    session = opened(tmp_path)
    before = there.compared(session)
    assert before
    assert before.nothing
    assert not session.propose(Answer((("bind.inference.scope", "loopback"),), "here"))
    assert not session.propose(Answer((("bind.inference.port", 9000),), "elsewhere"))
    now = there.compared(session)
    assert now
    assert any(gain.finding and gain.finding.id == "DOCKER-PUBLISH-ALL" for gain in now.gains)


def test_a_model_alone_was_no_setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard.servers.sample import sample_path

    monkeypatch.chdir(tmp_path)
    session = Session(opened=open_path(str(sample_path("torchserve"))))
    session.begin(session.load())
    assert there.compared(session) is None
    assert there.unlike(session) == ()


PASTED = """\
inference_address=http://0.0.0.0:8080
cors.allowed.origin=https://app.example
cors_allowed_origin=https://app.example,http://localhost:5173
"""


def test_what_is_wrong_with_the_files_is_said_before_what_the_answers_would_do(tmp_path: Path) -> None:
    """The answers say what was meant; a person has to hear that the lines do something else."""
    (tmp_path / "config.properties").write_text(PASTED, "utf-8")
    (tmp_path / "compose.yml").write_text(COMPOSE, "utf-8")
    session = Session(opened=open_path(str(tmp_path)))
    session.begin(session.load())
    broken = [each.place for each in there.judged(session) if each.severity == "functional"]
    assert {"config.properties:2", "config.properties:3"} <= set(broken)
    assert there.judged_in_a_sentence(session).startswith(f"Wrong in your files: {len(broken)} will not work")


@pytest.mark.parametrize("named", ["compose.yml", "config.properties"])
def test_what_is_wrong_is_said_of_every_file_that_belongs_to_the_named_one(tmp_path: Path, named: str) -> None:
    (tmp_path / "config.properties").write_text(PASTED, "utf-8")
    mounted = '    volumes: ["./config.properties:/home/model-server/config.properties"]\n'
    (tmp_path / "compose.yml").write_text(COMPOSE + mounted, "utf-8")
    whole = [set(there.judged(begun(tmp_path / name))) for name in (named, "")]
    assert whole[0] == whole[1] and len({each.place.partition(":")[0] for each in whole[0]}) == 2


def begun(path: Path) -> Session:
    session = Session(opened=open_path(str(path)))
    session.begin(session.load())
    return session


def test_files_that_work_are_not_said_to_fail(tmp_path: Path) -> None:
    assert not [each for each in there.judged(opened(tmp_path)) if each.severity == "functional"]
