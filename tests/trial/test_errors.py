"""What can go wrong, made to go wrong: each ends with exit code 3 and a sentence about what to do."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.trial.conftest import Result, Try, answers_file, try_arguments
from wizard.deployment import Mount, Process
from wizard.deployment.labels import FOLDER_LABEL
from wizard.errors import ExitCode, WizardError
from wizard.machine import project
from wizard.plan import answers, apply_patch
from wizard.servers.sample import sample_path
from wizard.trial import backend, before_start, runner

BASE = "serving-wizard-test/base:latest"
TFS = "tensorflow-serving"
docker = pytest.mark.images("tensorflow/serving:2.19.1")
torchserve = pytest.mark.images("pytorch/torchserve:0.12.0-cpu")


def assert_fails(result: Result, *words: str) -> str:
    """Exit code 3, and each of the words was said."""
    code, report, said = result
    assert code == 3, (report, said)
    assert "Traceback" not in said
    text = said + json.dumps(report, ensure_ascii=False)
    for word in words:
        assert word in text, (word, text)
    return text


def test_no_engine(try_it: Try, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    said = assert_fails(try_it(TFS), "There is no Docker engine here", "none.sock", "Install Docker")
    assert "down " not in said and "remov" not in said, "nothing was made"


def test_an_engine_that_does_not_answer(try_it: Try, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "dead.sock"))
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/dead.sock")
    assert_fails(try_it(TFS), "does not answer", "Start it")


@pytest.mark.parametrize("address", ["nonsense://x", "unix//missing-colon", "tcp://"])
def test_a_bad_address_of_the_engine(try_it: Try, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    assert_fails(try_it(TFS), "DOCKER_HOST", address)


AS_NOBODY = """
import os, sys
from wizard.cli.main import main
engine = os.environ.pop("DOCKER_HOST", None)
os.environ["DOCKER_HOST"] = "unix:///nowhere.sock"
assert main(sys.argv[1:]) == 3  # everything is imported now: afterwards the program's own folder may be out of reach
os.environ.pop("DOCKER_HOST")
if engine:
    os.environ["DOCKER_HOST"] = engine
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
print("now as nobody", file=sys.stderr)
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to try as another user")
@docker
def test_a_user_who_may_not_talk_to_the_engine() -> None:
    place = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        for state in ("state/serving-wizard/trials", "tmp"):
            (place / state).mkdir(parents=True)
        for path in (place, *place.rglob("*")):
            shutil.chown(path, 65534, 65534)
        sample = shutil.copytree(sample_path(TFS), place / "model")
        answers = answers_file(place, TFS, model=sample)
        command = [sys.executable, "-c", AS_NOBODY, *try_arguments(answers)]
        environment = {**os.environ, "XDG_STATE_HOME": str(place / "state"), "TMPDIR": str(place / "tmp")}
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, cwd=place)
        said = done.stderr.partition("now as nobody")[2]
        assert_fails((done.returncode, {}, said), "may not talk to the Docker engine", "docker group")
        assert list((place / "tmp").iterdir()) == []
    finally:
        shutil.rmtree(place)


@docker
def test_an_image_that_is_not_to_be_had(try_it: Try) -> None:
    assert_fails(try_it(TFS, "", "--image", "127.0.0.1:1/none:1"), "127.0.0.1:1/none:1", "registry cannot be reached")


@docker
def test_a_port_that_another_program_has(try_it: Try, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        text = assert_fails(
            try_it(TFS, "", "--set", f"bind.inference.port={port}"), f"Port {port} is taken", "bind.inference.port"
        )
    assert f"process {os.getpid()}" in text


@docker
def test_a_port_that_another_container_has(try_it: Try, docker_client: Any, free_port: Callable[[], int]) -> None:
    port = free_port()
    holder = docker_client.containers.run(
        BASE, ["sleep", "60"], detach=True, init=True, ports={"80/tcp": ("127.0.0.1", port)}
    )
    try:
        result = try_it(TFS, "", "--set", f"bind.inference.port={port}")
        assert_fails(result, f"Port {port} is taken by the container {holder.name}")
    finally:
        holder.remove(force=True)


@docker
def test_a_deployment_that_runs_already_is_known_as_its_own(
    try_it: Try, docker_client: Any, free_port: Callable[[], int], tmp_path: Path
) -> None:
    """Whoever tries what was started with the written script has no stranger on the port."""
    port, folder, name = free_port(), tmp_path / "my files", f"already-{os.getpid()}"
    script = folder / "run.sh"
    folder.mkdir()
    script.touch()
    holder = docker_client.containers.run(
        BASE,
        ["sleep", "60"],
        detach=True,
        init=True,
        ports={"80/tcp": ("127.0.0.1", port)},
        name=f"serving-{name}-server",
        labels={FOLDER_LABEL: str(folder)},
    )
    try:
        result = try_it(TFS, "", "--set", f"bind.inference.port={port}", "--set", f"models.0.name={name}")
        said = assert_fails(result, "This deployment runs already", f"Stop it first: '{script}' down")
        assert "is taken by" not in said
        assert "another port" not in said
        plan = apply_patch(
            answers.load(answers_file(tmp_path, TFS).read_text("utf-8")),
            {"bind.inference.port": port, "models.0.name": name},
        )
        with pytest.raises(before_start.PortHeldError) as caught:
            runner.run(project.prepare(plan, tmp_path, tmp_path), backend.Options(), lambda _: None)
        assert caught.value.runs_already, "the faces offer another port otherwise"
    finally:
        holder.remove(force=True)


@pytest.mark.nginx
def test_a_port_that_another_program_has_natively(try_it: Try) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        more = ("--set", f"bind.inference.port={port}")
        assert_fails(try_it(TFS, '[run]\nhow = "native"\n', *more), f"Port {port} is taken", str(os.getpid()))


@docker
def test_an_address_that_is_not_here(try_it: Try) -> None:
    tables = '[bind.inference]\nscope = "interface"\naddress = "192.0.2.77"\n'
    assert_fails(try_it(TFS, tables), "192.0.2.77 does not belong to this machine", "doctor")


@docker
def test_a_certificate_that_is_missing_is_said_before_anything_is_started(try_it: Try, tmp_path: Path) -> None:
    tables = f'[tls]\nmode = "files"\ncertificate = "{tmp_path}/c.pem"\nkey = "{tmp_path}/k.pem"\n'
    code, report, said = try_it(TFS, tables)
    assert (code, report) == (1, {}), said
    assert "TLS-FILE-MISSING" in said and "c.pem" in said and "k.pem" in said


def test_a_file_to_mount_that_is_missing(tmp_path: Path) -> None:
    """One that went away after it was looked at: Docker would make an empty folder of its name."""
    process = Process("server", "an-image", (), mounts=(Mount("./c.pem", "/tls/c.pem"),))
    with pytest.raises(WizardError, match=r"c\.pem is missing") as refused:
        before_start.readable(process, lambda: 0, tmp_path)
    assert refused.value.exit_code == ExitCode.ENVIRONMENT


@torchserve
def test_a_model_that_the_server_may_not_read(try_it: Try, tmp_path: Path) -> None:
    model = tmp_path / "echo.mar"
    shutil.copy(sample_path("torchserve"), model)
    model.chmod(0o600)
    result = try_it("torchserve", "", model=model)
    assert_fails(result, f"The server cannot read {model}", "user id 1000", "chmod -R a+rX")


@pytest.fixture(scope="session")
def image_that(docker_client: Any) -> Iterator[Callable[[str], str]]:
    """Make an image that runs a shell command, whatever its arguments are."""
    made: list[str] = []

    def make(command: str) -> str:
        tag = f"serving-wizard-test/errors-{os.getpid()}:{len(made)}"
        container = docker_client.containers.create(BASE)
        try:
            changes = f"ENTRYPOINT {json.dumps(['sh', '-c', command])}"
            container.commit(repository=tag.partition(":")[0], tag=tag.partition(":")[2], changes=changes)
        finally:
            container.remove()
        made.append(tag)
        return tag

    yield make
    for tag in made:
        docker_client.images.remove(tag, force=True)


@docker
def test_a_container_that_ends_at_once_and_its_last_words(try_it: Try, image_that: Callable[[str], str]) -> None:
    image = image_that("echo these are my last words; exit 7")
    assert_fails(try_it(TFS, "", "--image", image), "ended by itself (exit code 7)", "these are my last words")


@docker
def test_a_server_that_is_never_ready(try_it: Try, image_that: Callable[[str], str]) -> None:
    image = image_that("echo still loading; sleep 600")
    result = try_it(TFS, "", "--image", image, "--timeout", "3")
    assert_fails(result, "not ready within 3 s", "still loading")
    assert result[1]["started"] is False and result[1]["ready_s"] is None


@docker
def test_a_program_that_is_not_in_the_image(try_it: Try) -> None:
    assert_fails(try_it("torchserve", "", "--image", BASE), "ended by itself (exit code 127)", "torchserve")


@torchserve
def test_a_handler_that_does_not_work(try_it: Try, tmp_path: Path) -> None:
    """The server looks healthy meanwhile, and a prediction would hang."""
    model = tmp_path / "echo.mar"
    with zipfile.ZipFile(sample_path("torchserve")) as old, zipfile.ZipFile(model, "w") as new:
        for name in old.namelist():
            broken = b"raise RuntimeError('the handler is broken')\n"
            new.writestr(name, broken if name.endswith(".py") else old.read(name))
    result = try_it("torchserve", "", "--timeout", "20", model=model)
    assert_fails(result, "not ready within 20 s", "the handler is broken")


@torchserve
def test_a_gpu_on_a_machine_without(try_it: Try) -> None:
    if Path("/dev/nvidia0").exists():
        pytest.skip("this machine has a GPU")
    result = try_it("torchserve", "", "--image", "pytorch/torchserve:0.12.0-cpu", "--set", "run.gpu=true")
    assert_fails(result, "no GPU support", "run.gpu = false")
