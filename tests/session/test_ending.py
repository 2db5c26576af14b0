"""The last words: commands that exist here and work as pasted."""

from __future__ import annotations

import shlex
import subprocess
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


def test_they_name_the_address_and_commands_for_any_folder(tmp_path: Path) -> None:
    found = made(tmp_path)
    last = ending(found, PLUGIN)
    assert last.url == "http://127.0.0.1:8080"
    assert shlex.split(last.command(START)) == [
        *PLUGIN,
        "-f",
        str(found.target / "compose.yaml"),
        "up",
        "-d",
    ]
    assert shlex.split(last.command(CALL)) == [str(found.target / "call.sh")]
    assert [what for what, _ in last.commands][:2] == [START, CALL]
    assert any(last.url in line for line in lines(last))


def test_without_compose_they_name_the_script(tmp_path: Path) -> None:
    last = ending(made(tmp_path), ())
    script = str(tmp_path / "it's here" / "run.sh")
    assert [shlex.split(last.command(what)) for what in (START, LOGS, STOP)] == [
        [script, "up"],
        [script, "logs"],
        [script, "down"],
    ]
    baked = ending(made(tmp_path, run={"packaging": "image"}), ())
    assert shlex.split(baked.command(START)) == [script, "build", "&&", script, "up"]


def test_a_native_run_has_neither_compose_nor_docker(tmp_path: Path) -> None:
    last = ending(made(tmp_path, run={"how": "native"}), PLUGIN)
    assert "compose" not in " ".join(lines(last)) and not last.note
    assert shlex.split(last.command(START)) == [str(tmp_path / "it's here" / "run.sh")]


def test_what_only_containers_reach_has_no_address_and_no_call(tmp_path: Path) -> None:
    last = ending(made(tmp_path, bind={"inference": {"scope": "internal"}}), PLUGIN)
    assert (last.url, last.request, last.command(CALL)) == ("", "", "")


def test_the_request_by_hand_reads_its_token_itself(tmp_path: Path) -> None:
    found = made(tmp_path, auth={"inference": "gateway-token"})
    project.write(found, "fail")
    request = ending(found, PLUGIN).request
    own = tmp_path / "curl"
    own.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    own.chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", request], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True, text=True, cwd="/"
    )
    token = (found.target / "secrets" / "inference.token").read_text().strip()
    assert f"Authorization: Bearer {token}\n" in done.stdout
    assert token not in request


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
