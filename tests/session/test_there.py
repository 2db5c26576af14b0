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
