"""What a server, its model or a container hands out without end is neither waited for nor held in memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.requires import TFSERVING_IMAGE
from tests.support.waiting import until
from tests.trial.conftest import answers_file, try_arguments
from wizard import registry
from wizard.machine import docker_engine, project
from wizard.machine.running import RunningFiles
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial import logs
from wizard.trial.backend import Options
from wizard.trial.marks import Mark
from wizard.trial.native_backend import NativeTrial

if TYPE_CHECKING:
    from docker import DockerClient

MEGABYTE = 1 << 20
_MEASURED = """
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(done.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Prints the code a command ends with and the most memory it had, in kilobytes. Not measured from the tests: to Linux,
a program has had as much memory as the one that started it."""
IN_DOCKER = pytest.mark.images(TFSERVING_IMAGE)


def test_the_lines_of_a_log_are_the_same_whatever_its_pieces() -> None:
    text = b"one\n\ntwo\r\n" + b"x" * (2 * logs.LONGEST) + b"\nthe last"
    wanted = [b"one", b"", b"two\r", b"x" * logs.LONGEST, b"the last"]
    for size in (1, 3, logs.LONGEST, len(text)):
        assert list(logs.lines(text[at : at + size] for at in range(0, len(text), size))) == wanted


@pytest.mark.parametrize("read", [0, logs.FILE_LIMIT + 1])
def test_what_is_not_read_of_the_end_outlives_the_emptying(tmp_path: Path, read: int) -> None:
    log = tmp_path / "trial.log"
    log.write_bytes(b"0123456789\n" * (logs.FILE_LIMIT // 11 + 1) + b"the reason\n")
    with log.open("rb", buffering=0) as stream:
        stream.seek(read)
        end = logs.shortened(log, stream)
    assert end is not None and end.splitlines()[-1] == b"the reason"
    assert log.stat().st_size == 0


@pytest.mark.live  # a server
def test_a_server_that_never_ends_its_line_fills_no_memory(tmp_path: Path) -> None:
    flooding = tmp_path / "bin" / "tensorflow_model_server"
    flooding.parent.mkdir()
    flooding.write_text("#!/bin/sh\nhead -c 900000000 /dev/zero | tr '\\0' a\nexec sleep 60\n")
    flooding.chmod(0o755)
    path = answers_file(tmp_path, "tensorflow-serving", '[run]\nhow = "native"\n[bind.inference]\nscope = "all"\n')
    command = [sys.executable, "-m", "wizard", *try_arguments(path), "--timeout", "6"]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PATH": f"{flooding.parent}:{os.environ['PATH']}"}
    done = subprocess.run([sys.executable, "-c", _MEASURED, *command], env=environment, capture_output=True, text=True)
    code, kilobytes = map(int, done.stdout.split())
    assert code == 3
    assert kilobytes < 250 * 1024


@pytest.mark.live  # a server
def test_a_server_that_floods_its_log_fills_no_disk_and_its_last_words_are_seen(tmp_path: Path) -> None:
    flooding = tmp_path / "bin" / "tensorflow_model_server"
    flooding.parent.mkdir()
    # With a breath between two gusts: how much a busy machine lets through between two looks says nothing of the limit.
    flood = "for gust in $(seq 25); do yes 0123456789 | head -c 7920000; sleep 0.1; done"
    flooding.write_text(f"#!/bin/sh\n{flood}\necho the reason >&2\nexec sleep 60\n")
    flooding.chmod(0o755)
    path = answers_file(tmp_path, "tensorflow-serving", '[run]\nhow = "native"\n[bind.inference]\nscope = "all"\n')
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PATH": f"{flooding.parent}:{os.environ['PATH']}"}
    command = [sys.executable, "-m", "wizard", *try_arguments(path), "--timeout", "12"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        most = 0
        while process.poll() is None:
            most = max([most, *(sizes(tmp_path))])
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.01)  # between two looks at the disk
        report = json.loads(process.stdout.read()) if process.stdout else {}
    # Its last words came after twelve times the limit. Whether a look meets the moment above it is chance.
    assert logs.FILE_LIMIT // 2 < most < 6 * logs.FILE_LIMIT
    assert report["log_tail"][-1] == "the reason"


def sizes(folder: Path) -> Iterator[int]:
    """The bytes of the logs of native trials that have their folder there."""
    for path in folder.glob(f"serving-wizard-*/{logs.FILE}"):
        with suppress(FileNotFoundError):
            yield path.stat().st_size


def test_a_kept_servers_log_stays_within_its_limit(tmp_path: Path) -> None:
    log = tmp_path / logs.FILE
    log.parent.mkdir()
    log.write_bytes(b"a" * (logs.FILE_LIMIT + 1))
    with log.open("ab") as writer:
        command = [sys.executable, "-m", "wizard.trial.guard", "60", str(tmp_path), "no-trial"]
        with subprocess.Popen(command, env={**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}) as guard:
            until(lambda: log.stat().st_size == 0, "an empty log")
            guard.kill()
        writer.write(b"more\n")
    assert log.read_bytes() == b"more\n"


class Links:
    """What a model can put in place of the file that holds its server's keys."""

    @staticmethod
    def device(path: Path) -> None:
        path.symlink_to("/dev/zero")

    @staticmethod
    def pipe(path: Path) -> None:
        os.mkfifo(path)

    @staticmethod
    def huge(path: Path) -> None:
        with path.open("wb") as file:
            file.truncate(8 << 30)


NONSENSE = ["[]", "{}", '{"inference": 3}', "[" * 100_000, "null", '{"inference": {"key"', '"inference"']


def keeping_keys(folder: Path) -> tuple[NativeTrial, Path]:
    """A native trial that nobody started, of a server that has written its own keys, and where they lie."""
    model = {"name": "echo", "path": str(sample_path("torchserve"))}
    asked = {"auth": {"inference": "server-token"}, "run": {"how": "native"}}
    made = project.prepare(Plan.model_validate({"server": "torchserve", "models": [model], **asked}), folder, folder)
    trial = NativeTrial(made, Options(), Mark("id", folder, 0.0), lambda _: None)
    assert trial.deployment.server_token
    place = folder / (registry.adapter("torchserve").token_file(trial.deployment) or "")
    place.parent.mkdir(parents=True, exist_ok=True)
    return trial, place


@pytest.mark.parametrize("put", [Links.device, Links.pipe, Links.huge], ids=lambda each: each.__name__)
def test_keys_that_a_model_replaced_are_no_keys(tmp_path: Path, put: Callable[[Path], None]) -> None:
    trial, place = keeping_keys(tmp_path)
    put(place)
    tracemalloc.start()
    try:
        assert trial.tokens() == {}
        assert tracemalloc.get_traced_memory()[1] < 10 * MEGABYTE
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", NONSENSE, ids=lambda text: text[:20])
def test_keys_that_make_no_sense_are_no_keys(tmp_path: Path, text: str) -> None:
    trial, place = keeping_keys(tmp_path)
    place.write_text(text)
    assert trial.tokens() == {}
    place.write_text('{"inference": {"key": "right"}, "management": {"key": "other"}}')
    assert trial.tokens()["inference"] == "right"


@pytest.fixture
def idle(docker_client: DockerClient) -> Iterator[Any]:
    """A container that does nothing."""
    container: Any = docker_client.containers.run(
        TFSERVING_IMAGE, ["infinity"], entrypoint=["sleep"], detach=True, network_mode="none", init=True
    )
    yield container
    container.remove(force=True, v=True)


@IN_DOCKER
def test_a_program_in_a_container_that_writes_without_end_is_not_heard_out(idle: Any) -> None:
    code, said = docker_engine.execute(idle, ["cat", "/dev/zero"])
    assert code == 1 and len(said) < MEGABYTE
    idle.client.api.timeout = 2
    begun = time.monotonic()
    code, said = docker_engine.execute(idle, ["sh", "-c", "while :; do printf x; sleep 0.2; done"])
    assert code == 1 and said.startswith(b"xxx") and time.monotonic() - begun < 20
    idle.client.api.timeout = 60
    code, said = docker_engine.execute(idle, ["sh", "-c", "echo out; echo err >&2; exit 7"])
    assert (code, sorted(said.split())) == (7, [b"err", b"out"])  # two pipes: either may be read first


@IN_DOCKER
def test_of_a_container_only_files_are_fetched(idle: Any) -> None:
    docker_engine.execute(idle, ["sh", "-c", "echo x >/tmp/file; mkfifo /tmp/pipe; ln -s file /tmp/link"])
    read = RunningFiles(idle.client)
    tracemalloc.start()
    try:
        for path in ("/usr", "/", "/tmp/pipe", "/tmp/link", "/dev/zero", "/nowhere", "relative"):
            assert read(f"container:{idle.name}:{path}") is None, path
        assert tracemalloc.get_traced_memory()[1] < 10 * MEGABYTE
    finally:
        tracemalloc.stop()
    found = read(f"container:{idle.name}:/tmp/file")
    assert found is not None and found.text == "x\n"
