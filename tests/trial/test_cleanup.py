"""Whatever happens to a run, nothing of it stays: killed, interrupted, kept beyond its time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import pytest
from docker.errors import ImageNotFound

from tests.support.processes import ENDING
from tests.support.requires import needs_nginx
from tests.support.waiting import PATIENCE, until
from tests.trial.conftest import SAMPLES, Started, answers_file, down
from wizard.cli import main
from wizard.deployment import Mount
from wizard.deployment.labels import TRIAL_LABEL
from wizard.errors import ExitCode, WizardError
from wizard.machine import project
from wizard.plan import answers
from wizard.trial import backend, docker_image, engine_remains, guard, marks, processes, runner, sweep
from wizard.trial.processes import Group

NATIVE = '[run]\nhow = "native"\n'
SERVER = "tensorflow-serving"
INTERRUPTIONS = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])


def of_folder(client: Any, folder: Path) -> list[str]:
    """The containers and networks of the trials whose folder is in that folder."""
    label = "serving-wizard.folder"
    containers = client.containers.list(all=True, filters={"label": label}, ignore_removed=True)
    networks = [(n.name, n.attrs["Labels"]) for n in client.networks.list(filters={"label": label})]
    found = [(c.name, c.labels) for c in containers] + networks
    return [name for name, labels in found if labels[label].startswith(str(folder))]


def members(group: int) -> list[int]:
    found = []
    for process in psutil.process_iter():
        try:
            if os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
        except (OSError, psutil.Error):
            continue
    return found


def is_server(pid: int) -> bool:
    """Whether it is the server, and not one of the short programs that run.sh calls before it."""
    try:
        return "--model_config_file=./models.config" in psutil.Process(pid).cmdline()
    except psutil.Error:
        return False


def group_on_record(state: Path) -> int:
    for path in state.glob("*.json"):
        return int(json.loads(path.read_text()).get("serving-wizard.group", 0))
    return 0


@pytest.mark.images("tensorflow/serving:2.19.1")
def test_what_a_killed_trial_left_is_removed_by_down(
    started: Started, tmp_path: Path, docker_client: Any, own_state: Path
) -> None:
    process = started(SERVER)
    until(lambda: len(of_folder(docker_client, tmp_path)) >= 4, "the containers and networks")
    process.kill()
    process.wait()
    assert of_folder(docker_client, tmp_path)
    assert list((tmp_path / "temporary").iterdir())
    done = down(tmp_path)
    assert done.returncode == 0, done.stderr
    assert of_folder(docker_client, tmp_path) == []
    assert list((tmp_path / "temporary").iterdir()) == list(own_state.iterdir()) == []


@pytest.mark.images("tensorflow/serving:2.19.1")
def test_what_a_killed_trial_left_is_removed_by_the_next_one(
    started: Started, tmp_path: Path, docker_client: Any, own_state: Path
) -> None:
    process = started(SERVER)
    until(lambda: len(of_folder(docker_client, tmp_path)) >= 4, "the containers and networks")
    process.kill()
    process.wait()
    again = started(SERVER)
    said = again.communicate(timeout=240)
    assert again.returncode == 0, said
    assert of_folder(docker_client, tmp_path) == []
    assert list((tmp_path / "temporary").iterdir()) == list(own_state.iterdir()) == []


@pytest.mark.images("tensorflow/serving:2.19.1")
@INTERRUPTIONS
def test_an_interrupted_trial_in_docker_leaves_nothing(
    started: Started, tmp_path: Path, docker_client: Any, own_state: Path, number: signal.Signals
) -> None:
    process = started(SERVER)
    until(lambda: of_folder(docker_client, tmp_path), "something in Docker")
    process.send_signal(number)
    _, said = process.communicate(timeout=240)
    assert process.returncode == 130, said
    assert "Traceback" not in said
    assert of_folder(docker_client, tmp_path) == []
    assert list((tmp_path / "temporary").iterdir()) == list(own_state.iterdir()) == []


@INTERRUPTIONS
def test_an_interrupted_native_trial_leaves_nothing(
    started: Started, tmp_path: Path, own_state: Path, number: signal.Signals
) -> None:
    process = started(SERVER, NATIVE)
    group = until(lambda: group_on_record(own_state), "the record of the processes")
    process.send_signal(number)
    _, said = process.communicate(timeout=240)
    assert process.returncode in (0, 130), said  # it may just have been done
    assert members(group) == []
    assert list((tmp_path / "temporary").iterdir()) == list(own_state.iterdir()) == []


@pytest.mark.parametrize("number", ENDING, ids=lambda number: number.name)
def test_a_signal_that_the_parent_had_ignored_ends_no_trial(
    started: Started, own_state: Path, number: signal.Signals
) -> None:
    """As nohup does, or a script that starts it in its background."""
    process = started(SERVER, NATIVE, ignoring=[number])
    until(lambda: group_on_record(own_state), "the record of the processes")
    process.send_signal(number)
    _, said = process.communicate(timeout=240)
    assert process.returncode == 0, said


def test_the_processes_a_killed_native_trial_left_are_ended_and_no_others(
    started: Started, tmp_path: Path, own_state: Path
) -> None:
    process = started(SERVER, NATIVE)
    group = until(lambda: group_on_record(own_state), "the record of the processes")
    server = until(lambda: [pid for pid in members(group) if is_server(pid)], "the server beside its script")
    process.kill()
    process.wait()
    assert {group, *server} <= set(members(group))
    bystander = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        done = down(tmp_path)
        assert done.returncode == 0, done.stderr
        assert members(group) == []
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()
    assert list((tmp_path / "temporary").iterdir()) == list(own_state.iterdir()) == []


def test_a_record_about_a_process_that_is_somebody_elses_ends_nothing(own_state: Path) -> None:
    """The number of a process group may be given again after a trial has ended."""
    bystander = subprocess.Popen(["sleep", "600"], start_new_session=True)
    try:
        processes.end("", Group(bystander.pid, "12345.67"))
        assert bystander.poll() is None
        processes.end("", Group(bystander.pid, marks.started(bystander.pid)))
        assert bystander.wait(60) == -signal.SIGTERM
    finally:
        bystander.kill()


def test_a_running_trial_is_left_alone_by_down(started: Started, tmp_path: Path, own_state: Path) -> None:
    process = started(SERVER, NATIVE)
    until(lambda: group_on_record(own_state), "the record of the processes")
    assert down(tmp_path).returncode == 0
    said = process.communicate(timeout=240)
    assert process.returncode == 0, said


def prepared(tmp_path: Path, tables: str = "") -> project.Project:
    plan = answers.load(answers_file(tmp_path, SERVER, tables).read_text())
    return project.prepare(plan, tmp_path, tmp_path)


@needs_nginx
def test_a_trial_that_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_state: Path) -> None:
    idle = tmp_path / "bin" / "tensorflow_model_server"
    idle.parent.mkdir()
    idle.write_text("#!/bin/sh\nexec sleep 600\n")
    idle.chmod(0o755)
    monkeypatch.setenv("PATH", f"{idle.parent}:{os.environ['PATH']}")
    begin = time.monotonic()
    with pytest.raises(WizardError, match="deadline") as caught:
        runner.run(prepared(tmp_path, NATIVE), backend.Options(deadline=1.0), lambda _: None)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert time.monotonic() - begin < 300, "it waited for the server that sleeps"
    assert list(own_state.iterdir()) == []


@needs_nginx
def test_a_kept_native_trial_serves_until_its_deadline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_state: Path
) -> None:
    """The deadline comes when the test says so: the guard is started with no time left."""
    asked: list[tuple[float, marks.Mark]] = []
    with monkeypatch.context() as patch:
        patch.setattr(guard, "watch", lambda seconds, mark: asked.append((seconds, mark)))
        made = prepared(tmp_path, NATIVE)
        report = runner.run(made, backend.Options(keep=True, deadline=600.0), lambda _: None)
    group = group_on_record(own_state)
    ((seconds, mark),) = asked
    assert report.kept and 0 < report.kept_s < 600 and seconds > report.kept_s
    endpoint = made.deployment.endpoint("inference")
    assert endpoint is not None
    url = f"http://127.0.0.1:{endpoint.host_port}/v1/models/{SAMPLES[SERVER]}"
    assert urllib.request.urlopen(url, timeout=60).status == 200
    assert sweep.sweep().removed == 0 and members(group)
    guard.watch(0.0, mark)
    until(lambda: not members(group), "the end of the processes")
    until(lambda: not list(own_state.iterdir()), "the end of the record")
    assert not mark.folder.exists()


@needs_nginx
def test_a_kept_trial_that_is_removed_takes_its_guard_along(tmp_path: Path, own_state: Path) -> None:
    """Here the guard is stopped, so it does not notice by itself."""
    report = runner.run(prepared(tmp_path, NATIVE), backend.Options(keep=True, deadline=600.0), lambda _: None)
    (watching,) = (
        process
        for process in psutil.process_iter(["cmdline"])
        if [report.kept] == (words := process.info["cmdline"] or [])[-1:] and "wizard.trial.guard" in words
    )
    watching.suspend()
    assert sweep.sweep(everything=True).removed
    assert psutil.wait_procs([watching], timeout=PATIENCE)[1] == []
    assert list(own_state.iterdir()) == []


def test_what_others_started_is_left_alone_until_its_time_is_over(
    own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = {**marks.Mark("1", Path("/x"), time.time() + 60).labels(), "serving-wizard.started": "an owner that is gone"}
    over = {**mine, "serving-wizard.until": "1"}
    assert marks.abandoned(mine) and marks.abandoned(over) and marks.mine_or_abandoned(mine)
    monkeypatch.setenv("XDG_STATE_HOME", "/home/somebody-else/.local/state")
    assert not marks.abandoned(mine) and not marks.mine_or_abandoned(mine)
    assert marks.abandoned(over) and marks.mine_or_abandoned(over)


@pytest.mark.images("tensorflow/serving:2.19.1")
def test_two_images_with_one_model_share_no_layer_that_the_removal_of_one_takes_from_the_other(
    tmp_path: Path, docker_client: Any
) -> None:
    """The engine removes the layers in between with the last image that was made of them."""
    base = "serving-wizard-test/base:latest"
    (tmp_path / "model").write_text("weights")
    baked = (Mount("model", "/models/model", True),)
    tags = [f"serving-wizard-test/baked-{os.getpid()}:{n}" for n in range(2)]
    layers = []
    try:
        for tag in tags:
            with docker_image.build_context(base, baked, tmp_path, {"n": tag}) as context:
                docker_image.build(docker_client, tag, context, backend.Cancel())
            layers.append({layer["Id"] for layer in docker_client.api.history(tag)} - {"<missing>"})
        own = {layer["Id"] for layer in docker_client.api.history(base)}
        assert len(layers[0] - own) >= 2
        assert (layers[0] & layers[1]) - own == set()
    finally:
        for tag in tags:
            engine_remains.quietly(docker_client.images.remove, tag, force=True)


@pytest.mark.images("tensorflow/serving:2.19.1")
def test_an_image_that_goes_while_images_are_listed_is_no_trouble(docker_client: Any, own_state: Path) -> None:
    """Another trial may remove its own image at any moment."""
    name = f"serving-wizard-test/gone-{os.getpid()}:1"
    container = docker_client.containers.create("serving-wizard-test/base:latest")
    try:
        container.commit(name.partition(":")[0], "1", changes=f"LABEL {TRIAL_LABEL}=somebody")
    finally:
        container.remove()
    with mock.patch("docker.models.images.ImageCollection.get", side_effect=ImageNotFound("it has just gone")):
        engine_remains.remove(docker_client, marks.abandoned)
    with pytest.raises(ImageNotFound):
        docker_client.images.get(name)


@pytest.mark.images("tensorflow/serving:2.19.1")
def test_down_all_removes_a_kept_trial(
    tmp_path: Path,
    docker_client: Any,
    monkeypatch: pytest.MonkeyPatch,
    own_state: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    baked = '[run]\npackaging = "image"\n'
    report = runner.run(prepared(tmp_path, baked), backend.Options(keep=True), lambda _: None)
    assert report.agrees and report.kept

    def left() -> list[Any]:
        by_label = {"label": f"{TRIAL_LABEL}={report.kept}"}
        return [
            *docker_client.containers.list(all=True, filters=by_label, ignore_removed=True),
            *docker_client.networks.list(filters=by_label),
            *docker_client.images.list(filters=by_label),
            *docker_client.volumes.list(filters=by_label),
        ]

    # The server, its network and its image; what it was probed from is not kept.
    until(lambda: len(left()) == 3, lambda: left())
    assert main.main(["down"]) == 0
    assert len(left()) == 3, "a kept trial stays until its deadline"
    with monkeypatch.context() as other:
        other.setenv("XDG_STATE_HOME", str(tmp_path / "another user"))
        assert main.main(["down", "--all"]) == 0
    assert len(left()) == 3, "what somebody else tries on this engine is theirs"
    assert main.main(["down", "--all"]) == 0
    assert left() == [] and list(own_state.iterdir()) == []
    capsys.readouterr()
