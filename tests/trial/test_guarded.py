"""Each way in which something of a trial once stayed: killed between two steps, asked twice, left by its engine."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.support.waiting import until
from tests.trial.conftest import Started, answers_file, down, try_arguments
from wizard.deployment import Mount
from wizard.deployment.labels import TRIAL_LABEL
from wizard.errors import WizardError
from wizard.trial import backend, docker_image, engine_remains, marks, processes, records, sweep

SERVER = "tensorflow-serving"
NATIVE = '[run]\nhow = "native"\n'
IN_DOCKER = pytest.mark.images("tensorflow/serving:2.19.1")


def temporary(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "temporary").iterdir())


KILLED = """
import os, signal, sys
from wizard.trial import records
from wizard.cli.main import main

def dies(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

PATCH
main(sys.argv[1:])
"""
MOMENTS = {
    "before the folder": "records.make_folder = dies",
    "with an empty folder": "records.make_folder = lambda mark: (mark.folder.mkdir(), dies())",
    "with a process that is not on record": "write = records.write\n"
    "records.write = lambda mark, **more: dies() if 'group' in more else write(mark, **more)",
    "with a process that is on record but does not run": "import wizard.trial.native_backend as b\n"
    "write = os.write\nos.write = lambda to, data: dies() if data == b'go\\n' else write(to, data)",
}


@pytest.mark.live  # a server
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_trial_killed_between_two_steps_leaves_nothing_that_down_does_not_find(
    tmp_path: Path, own_state: Path, moment: str
) -> None:
    (tmp_path / "temporary").mkdir()
    path = answers_file(tmp_path, SERVER, NATIVE)
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    program = KILLED.replace("PATCH", MOMENTS[moment])
    command = [sys.executable, "-c", program, *try_arguments(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done
    (record,) = records.every()
    until(lambda: not processes.of(record.id), "the end of a shell that never was let go")
    assert not (tmp_path / "temporary" / Path(record.folder).name / "run" / "relay").exists()
    assert down(tmp_path).returncode == 0
    assert temporary(tmp_path) == list(own_state.iterdir()) == []


HALF_A_RECORD = """
from wizard.machine import door
kept = door.Folder.move
door.Folder.move = lambda self, name, to: dies() if to.endswith('.json') else kept(self, name, to)
"""


def test_half_a_record_goes_with_the_next_sweep(tmp_path: Path, own_state: Path) -> None:
    (tmp_path / "temporary").mkdir()
    command = [sys.executable, "-c", KILLED.replace("PATCH", HALF_A_RECORD)]
    command += try_arguments(answers_file(tmp_path, SERVER, NATIVE))
    assert subprocess.run(command, capture_output=True, timeout=120).returncode == -signal.SIGKILL
    (half,) = own_state.iterdir()
    assert half.name.endswith(".tmp")
    (own_state.parent / ".draft-0.json.0a0b0c0d.tmp").touch()
    assert down(tmp_path).returncode == 0
    assert list(own_state.iterdir()) == list(own_state.parent.glob("*.tmp")) == list(own_state.parent.glob(".*")) == []


def test_a_trials_folder_is_found_from_a_session_with_another_temporary_folder(
    started: Started, tmp_path: Path, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = started(SERVER, NATIVE)
    until(lambda: [r for r in records.every() if r.group.number], "the record of the processes")
    process.kill()
    process.wait()
    assert temporary(tmp_path)
    done = subprocess.run([sys.executable, "-m", "wizard", "down"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert temporary(tmp_path) == list(own_state.iterdir()) == []


def test_a_record_stays_as_long_as_what_it_names(tmp_path: Path, own_state: Path) -> None:
    """A folder that is not the trial's own is left alone, and said."""
    mark = marks.Mark("0badcafe", tmp_path / "serving-wizard-0badcafe", 1.0)
    records.write(mark)
    mark.folder.mkdir()
    (mark.folder / "precious").write_text("of somebody else")
    done = down(tmp_path)
    assert done.returncode == 3 and str(mark.folder) in done.stderr, done
    assert list(own_state.iterdir()) and (mark.folder / "precious").exists()
    (mark.folder / "precious").unlink()
    assert down(tmp_path).returncode == 0
    assert list(own_state.iterdir()) == [] and not mark.folder.exists()


def test_an_engine_that_does_not_answer_is_waited_for_once(tmp_path: Path, own_state: Path) -> None:
    asked: list[str] = []

    def ask(where: str) -> None:
        asked.append(where)
        raise WizardError("It does not answer")

    silent = "unix:///nowhere.sock"
    for each in ("0badcafe", "0badbeef"):
        records.write(marks.Mark(each, tmp_path / f"serving-wizard-{each}", 1.0), engine=silent)
    swept = sweep.sweep(ask, everything=True, at=silent)
    assert asked == [silent] and swept.unasked
    assert len(swept.left) == len(list(own_state.iterdir())) == 2


def test_only_folders_that_carry_the_trials_id_are_removed(tmp_path: Path) -> None:
    """A label may name any folder."""
    (tmp_path / "precious").mkdir()
    assert not records.remove_folder(str(tmp_path / "precious"), "1")
    assert not records.remove_folder("/", "1")
    link = tmp_path / "serving-wizard-link"
    link.symlink_to(tmp_path)
    assert not records.remove_folder(str(link), "1") and (tmp_path / "precious").exists()
    mark = marks.Mark("1", tmp_path / "serving-wizard-1", 1.0)
    records.make_folder(mark)
    assert not records.remove_folder(str(mark.folder), "2") and not records.remove_folder(str(mark.folder), "")
    assert records.remove_folder(str(mark.folder), "1") and not mark.folder.exists()


def test_a_process_is_found_by_its_environment_wherever_it_went(own_state: Path) -> None:
    """It left the session of the script, and no record names its group; one beside it has written over its own."""
    mark = marks.new()
    environment = {**os.environ, **mark.environment()}
    forgetful = "setsid sh -c 'env -u SERVING_WIZARD_TRIAL sleep 600 & sleep 600' & exec sleep 600"
    first = subprocess.Popen(["sh", "-c", forgetful], env=environment, start_new_session=True)
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        until(lambda: len(processes.of(mark.id)) >= 4, "the processes")
        records.write(mark)
        sweep.one(mark.id, lambda _: None)
        assert processes.of(mark.id) == [] and bystander.poll() is None
        assert list(own_state.iterdir()) == []
    finally:
        bystander.kill()
        bystander.wait()
        first.kill()
        first.wait()


TWICE = [(signal.SIGINT, signal.SIGHUP), (signal.SIGHUP, signal.SIGHUP), (signal.SIGQUIT, signal.SIGUSR1)]


@IN_DOCKER
@pytest.mark.parametrize("numbers", TWICE, ids=lambda pair: "-".join(number.name for number in pair))
def test_a_signal_while_it_is_being_removed_leaves_nothing(
    started: Started, tmp_path: Path, docker_client: Any, own_state: Path, numbers: tuple[signal.Signals, ...]
) -> None:
    first, second = numbers
    process = started(SERVER)
    until(lambda: [r for r in records.every() if r.engine is not None], "the record of the engine")
    (record,) = records.every()
    process.send_signal(first)
    lines: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line)
        if "removing what the trial made" in line:
            for _ in range(20):
                process.send_signal(second)
    process.wait(240)
    said = "".join(lines)
    assert process.returncode == 130 and "is removed" in said and "Traceback" not in said, said
    assert not engine_remains.left(docker_client, record.id)
    assert temporary(tmp_path) == list(own_state.iterdir()) == []


@IN_DOCKER
@pytest.mark.parametrize("steps", [1, 3, 6])
def test_a_build_that_is_cancelled_leaves_no_image(tmp_path: Path, docker_client: Any, steps: int) -> None:
    """Every image in between carries the labels, and nothing is made after the cancelled build has returned."""
    mark = marks.new()
    baked = []
    for number in range(8):
        (tmp_path / f"model-{number}").write_bytes(os.urandom(4 << 20))
        baked.append(Mount(f"model-{number}", f"/models/{number}", True))
    cancel = backend.Cancel()
    image = f"serving-wizard-trial:{mark.id}"

    def made() -> list[str]:
        """Of this build alone: other tests build at the same time."""
        found: list[str] = docker_client.api.images(all=True, quiet=True, filters={"label": f"{TRIAL_LABEL}={mark.id}"})
        return found

    def cancel_when_it_is_under_way() -> None:
        until(lambda: len(made()) >= steps, "images in between", pause=0.001)
        cancel.event.set()

    others = set(threading.enumerate())
    watcher = threading.Thread(target=cancel_when_it_is_under_way)
    base = "serving-wizard-test/base:latest"
    with docker_image.build_context(base, tuple(baked), tmp_path, mark.labels()) as context:
        watcher.start()
        with suppress(WizardError):
            docker_image.build(docker_client, image, context, cancel)
        still_building = set(threading.enumerate()) - others - {watcher}
    watcher.join()
    assert not still_building
    assert engine_remains.remove(docker_client, lambda _: True, mark.id) >= 1
    assert not engine_remains.left(docker_client, mark.id)
    assert made() == []


class Relay:
    """An engine's socket that can be cut off, as when the engine stops."""

    def __init__(self, place: Path, engine: str) -> None:
        self.place, self.engine = place, engine
        self.open: list[socket.socket] = []
        self.listener = socket.socket(socket.AF_UNIX)

    def start(self) -> None:
        self.place.unlink(missing_ok=True)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(self.place))
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def cut(self) -> None:
        for each in (self.listener, *self.open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        self.open = []

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            far = socket.socket(socket.AF_UNIX)
            far.connect(self.engine)
            self.open += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._copy, args=(one, other), daemon=True).start()

    def _copy(self, one: socket.socket, other: socket.socket) -> None:
        with suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)


@pytest.fixture
def relay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Relay]:
    engine = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    if not engine.startswith("unix://"):
        pytest.skip("needs an engine on a unix socket")
    made = Relay(tmp_path / "engine.sock", engine.removeprefix("unix://"))
    made.start()
    monkeypatch.setenv("DOCKER_HOST", f"unix://{made.place}")
    yield made
    made.cut()


@IN_DOCKER
@pytest.mark.parametrize("moment", ["creating networks", "waiting for a real answer", " probes"])
def test_an_engine_that_stops_in_the_middle_is_said_and_what_is_left_is_found_later(
    started: Started, tmp_path: Path, docker_client: Any, own_state: Path, relay: Relay, moment: str
) -> None:
    process = started(SERVER)
    lines: list[str] = []
    assert process.stderr is not None
    for line in process.stderr:
        lines.append(line)
        if moment in line:
            relay.cut()
    process.wait(240)
    said = "".join(lines)
    assert process.returncode == 3 and "Traceback" not in said, said
    assert "Docker" in said and "serving-wizard down" in said, said
    (record,) = records.every()
    assert down(tmp_path).returncode == 3, "the engine is still away"
    assert list(own_state.iterdir())
    relay.start()
    done = down(tmp_path)
    assert done.returncode == 0, done.stderr
    assert not engine_remains.left(docker_client, record.id)
    assert temporary(tmp_path) == list(own_state.iterdir()) == []
