"""The last words: commands that exist here and work as pasted."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from wizard.machine import compose_command, project
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.session.ending import CALL, LOGS, START, STOP, ending, lines

PLUGIN = ("docker", "compose")


def made(folder: Path, **parts: Any) -> project.Project:
    model = {"name": "echo", "path": str(sample_path("torchserve"))}
    plan = Plan.model_validate({"server": "torchserve", "models": [model], **parts})
    return project.prepare(plan, folder, folder / "it's here")


@pytest.mark.parametrize("name", ["docker-compose", "docker"])
def test_they_name_the_address_and_commands_for_any_folder(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever else is here: what README and call.sh say starts it is what is shown to stop it."""
    program(tmp_path / "bin" / name)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    found = made(tmp_path)
    last, script = ending(found), str(tmp_path / "it's here" / "run.sh")
    assert last.url == "http://127.0.0.1:8080"
    words = [shlex.split(last.command(what)) for what in (START, LOGS, STOP)]
    assert words == [[script, "up"], [script, "logs"], [script, "down"]]
    assert shlex.split(last.command(CALL)) == [str(found.target / "call.sh")]
    assert [what for what, _ in last.commands][:2] == [START, CALL]
    assert any(last.url in line for line in lines(last))
    assert bool(last.note) is (name != "docker")
    baked = ending(made(tmp_path, run={"packaging": "image"}))
    assert shlex.split(baked.command(START)) == [script, "build", "&&", script, "up"]


def test_a_native_run_has_no_docker(tmp_path: Path) -> None:
    last = ending(made(tmp_path, run={"how": "native"}))
    assert not last.note
    assert shlex.split(last.command(START)) == [str(tmp_path / "it's here" / "run.sh")]


def test_what_only_containers_reach_has_no_address_and_no_call(tmp_path: Path) -> None:
    last = ending(made(tmp_path, bind={"inference": {"scope": "internal"}}))
    assert (last.url, last.request, last.command(CALL)) == ("", "", "")


def test_the_compose_that_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compose_command, "_PLUGIN_FOLDERS", (str(tmp_path / "plugins"),))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / "own"))
    programs = tmp_path / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    assert compose_command.found() == ()
    program(programs / "docker-compose")
    assert compose_command.found() == ("docker-compose",)
    program(tmp_path / "plugins" / "docker-compose")
    assert compose_command.found() == ("docker-compose",)  # a plugin is no use without its command
    program(programs / "docker")
    assert compose_command.found() == PLUGIN


def program(path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
