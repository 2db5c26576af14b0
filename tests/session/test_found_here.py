"""Servers that run here, offered to be looked at: what is said of them, and what becomes of one that is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.servers.llama_server.real import SAMPLE, Server
from tests.support import requires
from wizard.machine.child import Child
from wizard.session import decisions, found_here, setups, there
from wizard.session.found_here import Looking
from wizard.session.opening import open_path
from wizard.session.session import Session
from wizard.session.steps.base import Answer


def report(path: str, server: str, *who: str) -> dict[str, Any]:
    return {"path": path, "server": server, "listens": [{"who": each} for each in who]}


def said(monkeypatch: pytest.MonkeyPatch, text: str) -> tuple[found_here.FoundHere, ...]:
    monkeypatch.setattr(Child, "__init__", lambda self, *words: None)
    monkeypatch.setattr(Child, "output", lambda self, seconds: text)
    return Looking().found()


def test_the_door_that_is_open_widest_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    every, here = "every network of this machine", "programs on this machine, browsers included"
    files = [
        report("process:41", "llama-server", here, every),
        report("container:web", "torchserve", here, "containers on bridge"),
        report("container:shut", "torchserve", "nothing outside the container"),
        report("process:42", "tensorflow-serving"),
        {**report("container:beside", "", every), "server": None},
        {"path": "/etc/config.properties", "server": "torchserve", "findings": []},
    ]
    assert [each[1:] for each in said(monkeypatch, json.dumps({"files": files}))] == [
        ("llama-server, running here on every interface", "process", "41"),
        ("TorchServe, running here, open to containers on bridge", "container", "web"),
        ("TorchServe, running here for nobody else", "container", "shut"),
        ("TensorFlow Serving, running here", "process", "42"),
    ]


@pytest.mark.parametrize("text", ["", "no JSON", "{}"])
def test_nothing_is_offered_where_nothing_can_be_known(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(monkeypatch, text) == ()


def test_no_more_is_offered_than_a_digit_can_choose(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [report(f"process:{number}", "torchserve") for number in range(30)]
    files.append(report("process:99", "torchserve", "every network of this machine"))
    offered = said(monkeypatch, json.dumps({"files": files}))
    assert len(offered) == found_here.MOST
    assert offered[0].name == "99", "what is open widest is never the one that is left out"


def test_a_module_in_the_folder_somebody_is_in_is_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wizard.py").write_text("print('taken over')")
    (tmp_path / "json.py").write_text("print('taken over')")
    monkeypatch.chdir(tmp_path)
    assert Child("--version").output(60).startswith("serving-wizard")


def test_one_that_takes_too_long_is_stopped() -> None:
    child = Child("check", "--running")
    assert child.output(0) == ""
    assert child._process.poll() is not None


@requires.needs_llama_server
def test_a_real_one_is_found_and_becomes_answers_that_can_be_undone(
    tmp_path: Path, free_port: Callable[[], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.chdir(tmp_path)
    session = Session(looks_around=True)
    session.begin(session.load())
    before = session.plan
    with Server("b11669", port, tmp_path, ("--host", "0.0.0.0", "--threads-http", "1")) as server:
        place = f"process:{server.process.pid}"
        offered = {each.place: each for each in Looking().found()}
        assert offered[place].words == "llama-server, running here on every interface"
        opened = setups.of_running(place)
    assert session.look_at(opened) == ""
    listener = session.plan.listener("inference")
    assert listener and (listener.scope, listener.port) == ("all", port)
    assert session.plan.models[0].path == str(SAMPLE)
    assert opened.place("bind.inference") == "as it runs"
    assert any("--threads-http" in each.sentence for each in there.unlike(session))
    assert not session.propose(Answer((("bind.inference.scope", "loopback"),), "here"))
    compared = there.compared(session)
    assert compared and compared.gains
    session.undo()
    session.undo()
    assert session.plan == before
    assert there.compared(session) is None and there.unlike(session) == ()


def test_where_an_answer_stands_is_known_of_every_line(tmp_path: Path) -> None:
    (tmp_path / "compose.yml").write_text(
        "services:\n  ts:\n    image: pytorch/torchserve:0.12.0-cpu\n    ports:\n      - 127.0.0.1:9090:8080\n"
        "    volumes: ['./config.properties:/home/model-server/config.properties']\n",
        "utf-8",
    )
    (tmp_path / "config.properties").write_text(
        "inference_address=http://0.0.0.0:8080\ncors_allowed_origin=https://a.example\n", "utf-8"
    )
    session = Session(opened=open_path(str(tmp_path / "compose.yml")))
    session.begin(session.load())
    rows = {row.id: row.origin for row in decisions.rows(session)}
    assert rows["bind.inference"] == "compose.yml:5"
    assert rows["cors.inference"] == "config.properties:2"
    assert rows["start"] == "compose.yml:3"
    assert rows["protect.inference"] == "its default"
