"""What is said of the container engine before anything is started, for the same answers in each of its states."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from wizard.host import EngineName
from wizard.machine import hostfacts
from wizard.machine.engine_state import EngineState
from wizard.session import engine
from wizard.session.session import Session
from wizard.session.steps.base import Answer
from wizard.widgets.overview_lines import around

IMAGE = "tensorflow/serving:2.19.1"


def session() -> Session:
    made = Session(demo="tensorflow-serving")
    made.begin(made.load())
    return made


def test_nothing_is_said_while_nothing_is_known() -> None:
    assert engine.in_a_sentence(session()) == ""


def test_what_is_here_and_what_is_not() -> None:
    asked = session()
    assert engine.wanted(asked) == (IMAGE,)
    asked.engine = EngineState("29.1.0", "", True, ((IMAGE, True),))
    assert engine.in_a_sentence(asked) == "Docker 29.1.0; Compose; image here."
    asked.engine = EngineState("29.1.0", "", False, ((IMAGE, False),))
    assert engine.in_a_sentence(asked) == f"Docker 29.1.0; no Compose, run.sh starts it; to be pulled: {IMAGE}."
    assert [each.there for each in engine.said(asked)] == [True, False, False]
    asked.engine = EngineState("", "there is no Docker engine here", False, ())
    assert "not tried" in engine.in_a_sentence(asked)


def test_of_images_that_were_not_asked_about_nothing_is_said() -> None:
    asked = session()
    asked.engine = EngineState("29.1.0", "", True, ((IMAGE, True),))
    assert not asked.propose(Answer((("auth.inference", "gateway-token"),), "a gateway"))
    assert len(engine.wanted(asked)) == 2
    assert engine.in_a_sentence(asked) == "Docker 29.1.0; Compose."


def test_without_a_container_nothing_is_asked() -> None:
    asked = session()
    assert not asked.propose(Answer((("run.how", "native"),), "no container"))
    assert engine.wanted(asked) == ()


def test_the_engine_is_asked_again_only_for_images_it_was_not_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    questions: list[tuple[str, ...]] = []

    def look(images: tuple[str, ...], which: EngineName) -> EngineState:
        questions.append(images)
        return EngineState("29.1.0", "", True, tuple((image, True) for image in images), which)

    monkeypatch.setattr(engine, "look", look)
    asked = session()
    assert engine.ask(asked) == engine.ask(asked) == "Docker 29.1.0; Compose; image here."
    assert questions == [(IMAGE,)]
    assert not asked.propose(Answer((("auth.inference", "gateway-token"),), "a gateway"))
    assert engine.ask(asked) == "Docker 29.1.0; Compose; images here."
    assert len(questions) == 2
    assert not asked.propose(Answer((("run.how", "native"),), "no container"))
    assert "29.1.0" not in engine.ask(asked)
    assert len(questions) == 2


def test_without_a_container_it_is_said_whether_the_server_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    asked = session()
    assert engine.in_a_sentence(asked, both=True) == "tensorflow_model_server not installed."
    assert not asked.propose(Answer((("run.how", "native"),), "no container"))
    assert engine.in_a_sentence(asked) == "tensorflow_model_server not installed: a trial emulates it."
    program = tmp_path / "tensorflow_model_server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    assert engine.in_a_sentence(asked) == "TensorFlow Serving is installed."


def test_a_page_that_tries_several_layouts_asks_once_what_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = session()
    asked.propose(Answer((("run.how", "native"),), "run it here"))
    looks: list[tuple[str, ...]] = []

    def lacking(programs: Iterable[str]) -> tuple[str, ...]:
        looks.append(tuple(programs))
        return looks[-1]

    monkeypatch.setattr(hostfacts, "lacking", lacking)
    around(asked, width=40, height=4, fix=None)
    assert len(looks) == 1
