"""Folders of one name: Compose and run.sh tell whose a container is, whatever is started beside it."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from tests.support.ports import own_ports
from wizard.artifacts.identity import environment, project_name
from wizard.machine import project
from wizard.plan import Plan
from wizard.servers.sample import sample_path

Compose = Callable[..., subprocess.CompletedProcess[str]]


def written(folder: Path, name: str = "echo", **more: Any) -> project.Project:
    model = {"name": f"{name}-{os.getpid()}", "path": str(sample_path("tensorflow-serving"))}
    plan = Plan.model_validate({"server": "tensorflow-serving", "models": [model], **more})
    made = project.prepare(own_ports(plan), folder.parent, folder)
    project.write(made, "backup")
    return made


def test_the_name_follows_from_the_folder_and_stays(tmp_path: Path) -> None:
    one, other = tmp_path / "a" / "echo", tmp_path / "b" / "echo"
    made = written(one)
    text = (one / ".env").read_text()
    assert text.endswith(f"COMPOSE_PROJECT_NAME={project_name(str(one))}\n")
    assert {file.action for file in project.planned(made)} == {"unchanged"}
    written(other)
    assert (other / ".env").read_text() != text


def test_a_copy_that_is_written_again_is_another_deployment(tmp_path: Path) -> None:
    written(tmp_path / "echo")
    shutil.copytree(tmp_path / "echo", tmp_path / "copy")
    written(tmp_path / "copy")
    assert project_name(str(tmp_path / "copy")) in (tmp_path / "copy" / ".env").read_text()


def test_a_link_to_the_folder_is_the_same_deployment(tmp_path: Path) -> None:
    written(tmp_path / "echo")
    (tmp_path / "link").symlink_to("echo")
    made = project.prepare(project.prepare(written(tmp_path / "echo").plan, tmp_path, tmp_path / "echo").plan,
                           tmp_path / "echo", tmp_path / "link")  # fmt: skip
    assert f"={project_name(str(tmp_path / 'echo'))}\n" in project.texts(made)[".env"]


@pytest.mark.parametrize("there", ["PROXY=a\n", "PROXY=a"])
def test_what_somebody_put_there_stays(there: str) -> None:
    text = environment(there, "/srv/echo")
    assert text.startswith("PROXY=a\n") and text.endswith(f"\nCOMPOSE_PROJECT_NAME={project_name('/srv/echo')}\n")
    assert environment(text, "/srv/echo") == text
    own = "COMPOSE_PROJECT_NAME=mine\nPROXY=a\n"
    assert environment(own, "/srv/echo") == own


def test_somebodys_file_stays_as_closed_as_it_was_and_one_that_is_no_text_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "echo").mkdir()
    place = tmp_path / "echo" / ".env"
    place.write_text("PASSWORD=a\n")
    place.chmod(0o600)
    written(tmp_path / "echo")
    assert "COMPOSE_PROJECT_NAME" in place.read_text() and place.stat().st_mode & 0o777 == 0o600
    place.write_bytes(b"\xff\n")
    written(tmp_path / "echo")
    assert place.read_bytes() == b"\xff\n"


@pytest.mark.parametrize(
    "folder", ["/", "/srv/", "/a/---", "/a/Ärger mit $HOME", "/a/" + "x" * 200, "C:\\models\\Echo"]
)
def test_every_folder_has_a_name_that_compose_takes(folder: str) -> None:
    name = project_name(folder)
    assert name[0].isalnum() and len(name) <= 49
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_-")


def test_native_runs_have_none(tmp_path: Path) -> None:
    model = {"name": "echo", "path": str(sample_path("tensorflow-serving"))}
    plan = Plan.model_validate({"server": "tensorflow-serving", "models": [model], "run": {"how": "native"}})
    assert ".env" not in project.texts(project.prepare(plan, tmp_path, tmp_path))


@pytest.mark.parametrize(
    ("own", "name"),
    [
        ("COMPOSE_PROJECT_NAME=mine\n", "mine"),
        ("COMPOSE_PROJECT_NAME=mine\r\n", "mine"),
        ('A=1\nCOMPOSE_PROJECT_NAME="mine"\n', "mine"),
        ("export COMPOSE_PROJECT_NAME='mine'\n", "mine"),
        (" COMPOSE_PROJECT_NAME = mine # ours\n", "mine"),
        ("COMPOSE_PROJECT_NAME=first\nCOMPOSE_PROJECT_NAME=mine\n", "mine"),
        ("COMPOSE_PROJECT_NAME=\n", "echoes"),
        (None, "echoes"),
    ],
)
def test_a_chosen_name_stays_and_the_script_labels_its_network_as_compose_does(
    own: str | None, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "_Echo.es"
    written(folder)
    (folder / ".env").unlink()
    if own is not None:
        (folder / ".env").write_bytes(own.encode())
        assert environment(own, str(folder)) == own
    (tmp_path / "docker").write_text(f'#!/bin/sh\necho "$@" >>"{tmp_path}/asked"\n')
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    subprocess.run([folder / "run.sh", "up"], check=True, timeout=60)
    asked = (tmp_path / "asked").read_text().splitlines()
    created = [line for line in asked if line.startswith("network create")]
    assert created and all(f"com.docker.compose.project={name} " in line for line in created)


def test_somebodys_lines_stay_where_docker_is_no_longer_used(tmp_path: Path) -> None:
    (tmp_path / "echo").mkdir()
    place = tmp_path / "echo" / ".env"
    place.write_text("PASSWORD=a\n")
    made = written(tmp_path / "echo")
    run = made.plan.run.model_copy(update={"how": "native"})
    native = project.prepare(made.plan.model_copy(update={"run": run}), tmp_path / "echo", tmp_path / "echo")
    project.write(native, "backup")
    assert place.read_text().startswith("PASSWORD=a\n")

    place.unlink()
    project.write(made, "backup")
    project.write(native, "backup")
    assert not place.exists(), "a file of ours alone goes with the other files for Docker"


def test_lines_keep_the_ends_they_had() -> None:
    assert environment("COMPOSE_PROJECT_NAME=e-12345678\r\nB=2\r\n", "/srv/echo") == (
        f"COMPOSE_PROJECT_NAME={project_name('/srv/echo')}\r\nB=2\r\n"
    )


@pytest.fixture
def compose(compose_command: tuple[str, ...]) -> Iterator[Compose]:
    started: list[Path] = []

    def call(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
        started.append(folder)
        command = [*compose_command, "-f", str(folder / "compose.yaml"), *more]
        return subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=240)

    yield call
    for folder in dict.fromkeys(started):
        call(folder, "down", "-v")


@pytest.mark.compose
@pytest.mark.images("tensorflow/serving:2.19.1")
def test_compose_leaves_a_folder_of_the_same_name_alone(tmp_path: Path, compose: Compose, docker_client: Any) -> None:
    one, other = tmp_path / "a" / "echo", tmp_path / "b" / "echo"
    names = [f"{which}-{os.getpid()}" for which in ("one", "other")]
    written(one, "one")
    written(other, "other")

    def running(name: str) -> list[str]:
        filters = {"name": f"serving-{name}", "status": "running"}
        return [c.id for c in docker_client.containers.list(filters=filters, ignore_removed=True)]

    def up(folder: Path) -> subprocess.CompletedProcess[str]:
        return compose(folder, "up", "-d")

    assert up(one).returncode == 0
    there = running(names[0])
    assert there
    done = up(other)
    assert done.returncode == 0, done.stderr
    assert running(names[0]) == there and running(names[1])
    assert compose(other, "down").returncode == 0
    assert running(names[0]) == there and not running(names[1])

    written(other, "one")
    refused = up(other)
    assert refused.returncode != 0 and "already in use" in refused.stderr
    assert running(names[0]) == there, "of two models with one name the first stays"
    compose(other, "down")
    assert running(names[0]) == there
    assert subprocess.run([one / "run.sh", "down"], timeout=120).returncode == 0
    assert not running(names[0])


@pytest.mark.compose
@pytest.mark.images("tensorflow/serving:2.19.1")
def test_compose_takes_over_what_run_sh_made_in_its_folder(
    tmp_path: Path, compose: Compose, docker_client: Any
) -> None:
    made = written(tmp_path / "echo")
    subprocess.run([tmp_path / "echo" / "run.sh", "up"], check=True, timeout=120)
    for process in made.deployment.processes:
        docker_client.containers.get(f"serving-echo-{os.getpid()}-{process.name}").remove(force=True)
    done = compose(tmp_path / "echo", "up", "-d")
    assert done.returncode == 0, done.stderr


def test_a_name_that_could_not_be_written_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "echo"
    assert not project.write(written(folder), "backup").remarks
    (folder / ".env").write_bytes(b"PASSWORD=\xff\xfe\n")
    done = project.write(written(folder), "backup")
    assert (folder / ".env").read_bytes() == b"PASSWORD=\xff\xfe\n"
    assert [line for line in done.remarks if line.startswith(".env cannot be read as text")]


@pytest.mark.compose
@pytest.mark.images("tensorflow/serving:2.19.1")
def test_two_folders_bake_one_model_into_an_image_each(tmp_path: Path, compose: Compose, docker_client: Any) -> None:
    folders = [tmp_path / "a" / "echo", tmp_path / "b" / "echo"]
    tags = [f"serving-echo-{os.getpid()}:{project_name(str(folder))}" for folder in folders]

    def images() -> list[str]:
        found = [docker_client.images.get(tag).id for tag in tags]
        built.update(found)
        return found

    built: set[str] = set()
    try:
        for folder in folders:
            written(folder, run={"packaging": "image"})
            # Without a difference the same model twice is one image with two names.
            (folder / "Dockerfile").write_text(
                (folder / "Dockerfile").read_text() + f"LABEL from={folder.parent.name}\n"
            )
            subprocess.run([folder / "run.sh", "build"], check=True, timeout=240, capture_output=True)
        first, second = images()
        assert first != second, "building in the second folder took the first one's name"
        subprocess.run([folders[0] / "run.sh", "up"], check=True, timeout=240, capture_output=True)
        name = f"serving-echo-{os.getpid()}-server"
        assert docker_client.containers.get(name).image.id == first
        subprocess.run([folders[0] / "run.sh", "down"], check=True, timeout=240, capture_output=True)
        done = compose(folders[1], "up", "-d")
        assert done.returncode == 0, done.stderr
        assert docker_client.containers.get(name).image.id == second, "Compose knows the image that run.sh built"
        assert compose(folders[1], "build").returncode == 0
        assert images()[0] == first
    finally:
        subprocess.run([folders[0] / "run.sh", "down"], timeout=120, capture_output=True)
        compose(folders[1], "down")
        for image in [*tags, *built]:  # a second build leaves the first image without its name
            with contextlib.suppress(docker.errors.ImageNotFound):
                docker_client.images.remove(image, force=True)
