"""`check --running` beside servers that really run: what it says is what the system and the engine say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

import psutil
import pytest

from tests.servers.llama_server.real import SAMPLE, Server
from tests.support import requires
from tests.support.processes import popen
from tests.support.waiting import until
from wizard.plan import answers as answers_file
from wizard.servers.sample import sample_plan

if TYPE_CHECKING:
    from docker import DockerClient

    FreePort = Callable[[], int]

_PORTS = ("inference", "management", "metrics", "grpc_inference", "grpc_management")


def running(*arguments: str) -> dict[str, Any]:
    """The JSON of `check --running`, by place."""
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "check", "--running", *arguments, "--fail-on", "none", "--format", "json"],
        check=True,
        capture_output=True,
        text=True,
    )
    return {each["path"]: each for each in json.loads(done.stdout)["files"]}


def listened(pid: int) -> set[tuple[str, int]]:
    """What `ss` would say of a process and its children."""
    process = psutil.Process(pid)
    every = [c for each in (process, *process.children(recursive=True)) for c in each.net_connections(kind="tcp")]
    return {(c.laddr.ip.removeprefix("::ffff:"), c.laddr.port) for c in every if c.status == psutil.CONN_LISTEN}


def answers(url: str) -> bool:
    """Whether anything answers there with success."""
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@contextmanager
def torchserve(folder: Path, address: str, ports: list[int]) -> Iterator[int]:
    """TorchServe as a process, every API at one address; the id of its Java process."""
    command = requires.torchserve_command()
    assert command is not None
    settings = {
        f"{name}_address": f"http://{address}:{port}" if "grpc" not in name else address
        for name, port in zip(_PORTS, ports, strict=True)
    } | {"grpc_inference_port": str(ports[3]), "grpc_management_port": str(ports[4])}
    settings |= {"disable_token_authorization": "true"}
    (folder / "ts.properties").write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    (folder / "store").mkdir()
    environment = {**os.environ, "TEMP": str(folder), "TMPDIR": str(folder)}
    words = [command, "--start", "--foreground", "--ncs", "--model-store", "store", "--ts-config", "ts.properties"]
    launcher = popen(words, cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    family: list[psutil.Process] = []
    try:
        until(lambda: answers(f"http://127.0.0.1:{ports[0]}/ping"), "the server answers")
        family = psutil.Process(launcher.pid).children(recursive=True)
        yield next(each.pid for each in family if "java" in each.name())
    finally:
        for each in (*reversed(family), psutil.Process(launcher.pid)):
            if each.is_running():
                each.kill()
        launcher.wait()


@requires.needs_torchserve
def test_a_torchserve_process_open_to_every_network(tmp_path: Path, free_port: FreePort) -> None:
    with torchserve(tmp_path, "0.0.0.0", [free_port() for _ in _PORTS]) as pid:
        found = running(str(pid), "--probe")[f"process:{pid}"]
        said = {(each["address"], each["port"]) for each in found["listens"]}
        real = {(("0.0.0.0" if address == "::" else address), port) for address, port in listened(pid)}
        assert {(("0.0.0.0" if a == "::" else a), p) for a, p in said} == real
    assert found["server"] == "torchserve"
    by_api = {each["api"]: each["who"] for each in found["listens"] if each["api"]}
    assert set(by_api) == {"inference", "management", "metrics", "grpc", "grpc_management"}
    assert set(by_api.values()) == {"every network of this machine"}
    assert "answers 200 without a token" in {each["answer"] for each in found["answers"]}
    assert found["silent"] == []


@requires.needs_torchserve
def test_a_torchserve_process_on_loopback(tmp_path: Path, free_port: FreePort) -> None:
    with torchserve(tmp_path, "127.0.0.1", [free_port() for _ in _PORTS]) as pid:
        every = running()
        found = every[f"process:{pid}"]
        assert every[f"{tmp_path}/ts.properties"]["server"] == "torchserve", "its file is judged with it"
    assert {each["who"] for each in found["listens"] if each["api"]} == {"programs on this machine, browsers included"}


@requires.needs_images(requires.TORCHSERVE_IMAGE)
def test_a_torchserve_container_that_variables_open(
    docker_client: DockerClient, tmp_path: Path, free_port: FreePort
) -> None:
    """The file closes it and asks for a key; the variables win, and what is said is what is measured."""
    (tmp_path / "config.properties").write_text(
        "management_address=http://127.0.0.1:8081\ndisable_token_authorization=false\nenable_envvars_config=true\n"
        "model_store=/home/model-server/model-store\n"
    )
    outer, at = free_port(), "/home/model-server/config.properties"
    container = docker_client.containers.run(
        requires.TORCHSERVE_IMAGE,
        ["torchserve", "--start", "--foreground", "--ncs", "--ts-config", at],
        detach=True,
        ports={"8081/tcp": outer},
        volumes=[f"{tmp_path}/config.properties:{at}:ro"],
        environment={"TS_MANAGEMENT_ADDRESS": "http://0.0.0.0:8081", "TS_DISABLE_TOKEN_AUTHORIZATION": "true"},
    )
    try:
        until(lambda: answers(f"http://127.0.0.1:{outer}/models"), "the server answers")
        name = str(container.name)
        until(lambda: not running(name)[f"container:{name}"]["silent"], "gRPC, which opens later")
        found = running(name, "--probe")[f"container:{name}"]
    finally:
        container.remove(force=True)
    assert {each["answer"] for each in found["answers"]} == {"answers 200 without a token"}
    rules = {each["id"]: each for each in found["findings"]}
    assert rules["RUN-PUBLISHED"]["severity"] == "critical" and "TS-TOKEN-OFF" in rules
    assert "RUN-PORT-LOOPBACK" not in rules and found["silent"] == []


@requires.needs_images(requires.TORCHSERVE_IMAGE)
def test_a_torchserve_container_with_its_management_published(docker_client: DockerClient, free_port: FreePort) -> None:
    inner, outer = free_port(), free_port()
    container = docker_client.containers.run(
        requires.TORCHSERVE_IMAGE, detach=True, ports={"8080/tcp": ("127.0.0.1", inner), "8081/tcp": outer}
    )
    try:
        until(lambda: answers(f"http://127.0.0.1:{inner}/ping"), "the server answers")
        name = str(container.name)
        files = running(name, "--probe")
        found = files[f"container:{name}"]
        container.reload()
        ports = container.attrs["NetworkSettings"]["Ports"]
    finally:
        container.remove(force=True)
    assert {int(each["HostPort"]) for places in ports.values() for each in places or ()} == {inner, outer}
    listens = {each["port"]: (each["api"], each["who"]) for each in found["listens"]}
    assert listens[inner] == ("inference", "programs on this machine, browsers included")
    assert listens[outer] == ("management", "every network of this machine")
    assert "RUN-PUBLISHED" in {each["id"] for each in found["findings"]}
    assert not any(each["fixable"] for each in found["findings"])
    assert f"container:{name}:/home/model-server/config.properties" in files, "the file in its image is read too"
    assert {(each["port"], each["answer"]) for each in found["answers"]} == {
        (inner, "answers 200 without a token"),
        (outer, "answers 200 without a token"),
    }


@pytest.mark.live
def test_a_tensorflow_serving_process_is_open_to_every_network(tmp_path: Path, free_port: FreePort) -> None:
    """Its stand-in, started by the name and with the flags of the real one."""
    program = tmp_path / "tensorflow_model_server"
    module = "wizard.servers.tensorflow_serving.emulator"
    program.write_text(f"#!{sys.executable}\nimport runpy\nrunpy.run_module({module!r}, run_name='__main__')\n")
    program.chmod(0o755)
    model = sample_plan("tensorflow-serving").models[0]
    port, grpc = free_port(), free_port()
    flags = [
        f"--rest_api_port={port}",
        f"--port={grpc}",
        f"--model_name={model.name}",
        f"--model_base_path={model.path}",
    ]
    with (tmp_path / "log").open("wb") as log:
        process = popen([str(program), *flags], cwd=tmp_path, stdout=log, stderr=log)
    try:
        until(
            lambda: answers(f"http://127.0.0.1:{port}/v1/models/{model.name}"),
            lambda: (tmp_path / "log").read_text(),
            while_true=lambda: process.poll() is None,
        )
        found = running(str(process.pid), "--probe")[f"process:{process.pid}"]
        real = {(("0.0.0.0" if address == "::" else address), open_) for address, open_ in listened(process.pid)}
        made = subprocess.run(
            [sys.executable, "-m", "wizard", "import", "--running", str(process.pid)],
            check=True,
            capture_output=True,
            text=True,
        )
    finally:
        process.kill()
        process.wait()
    assert found["server"] == "tensorflow-serving"
    assert {(("0.0.0.0" if e["address"] == "::" else e["address"]), e["port"]) for e in found["listens"]} == real
    assert {(e["api"], e["port"]) for e in found["listens"]} == {("inference", port), ("grpc", grpc)}
    assert {e["who"] for e in found["listens"]} == {"every network of this machine"}
    assert found["answers"] and all("without a token" in e["answer"] for e in found["answers"])
    plan = answers_file.load(made.stdout)
    listener = plan.listener("inference")
    assert (plan.server, plan.models[0].path) == ("tensorflow-serving", str(model.path))
    assert listener is not None and (listener.scope, listener.port) == ("all", port)


@requires.needs_images(requires.TFSERVING_IMAGE)
def test_a_tensorflow_serving_container_on_the_host_network(docker_client: DockerClient, free_port: FreePort) -> None:
    port, grpc = free_port(), free_port()
    model = sample_plan("tensorflow-serving").models[0]
    container = docker_client.containers.run(
        requires.TFSERVING_IMAGE,
        [f"--rest_api_port={port}", f"--port={grpc}"],
        detach=True,
        network_mode="host",
        environment={"MODEL_NAME": model.name},
        volumes={str(model.path): {"bind": f"/models/{model.name}", "mode": "ro"}},
    )
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/v1/models/{model.name}"), "the server answers")
        found = running(str(container.name))[f"container:{container.name}"]
    finally:
        container.remove(force=True)
    assert {(each["api"], each["port"]) for each in found["listens"]} == {("inference", port), ("grpc", grpc)}
    assert {each["who"] for each in found["listens"]} == {"every network of this machine"}


@requires.needs_llama_server
@pytest.mark.parametrize(
    ("flags", "who", "answer", "rule"),
    [
        (("--host", "0.0.0.0"), "every network of this machine", "answers 200 without a token", "LS-OPEN"),
        (("--api-key", "9f1c55aa03"), "programs on this machine, browsers included", "asks for a token (401)", None),
    ],
)
def test_a_llama_server_process(
    flags: tuple[str, ...], who: str, answer: str, rule: str | None, tmp_path: Path, free_port: FreePort
) -> None:
    port = free_port()
    with Server("b11669", port, tmp_path, flags) as server:
        pid = server.process.pid
        found = running(str(pid), "--probe")[f"process:{pid}"]
        real = listened(pid)
    assert found["server"] == "llama-server"
    assert {(each["address"], each["port"]) for each in found["listens"]} == real
    assert {(each["api"], each["who"]) for each in found["listens"]} == {("inference", who)}
    assert [each["answer"] for each in found["answers"]] == [answer]
    assert "9f1c55aa03" not in json.dumps(found)
    graver = [each["id"] for each in found["findings"] if each["severity"] not in ("info", "low")]
    assert graver == ([rule] if rule else [])


@requires.needs_images(requires.LLAMA_SERVER_IMAGE)
@pytest.mark.parametrize(
    ("address", "who", "rule"),
    [
        ("127.0.0.1", "programs on this machine, browsers included", "LS-NO-KEY"),
        ("0.0.0.0", "every network of this machine", "RUN-PUBLISHED"),
    ],
)
def test_a_llama_server_container(
    address: str, who: str, rule: str, docker_client: DockerClient, free_port: FreePort, tmp_path: Path
) -> None:
    port = free_port()
    container = docker_client.containers.run(
        requires.LLAMA_SERVER_IMAGE,
        ["-m", "/models/alphabet.gguf", "--port", "8080"],
        detach=True,
        ports={"8080/tcp": (address, port)},
        volumes={str(SAMPLE.parent): {"bind": "/models", "mode": "ro"}},
    )
    try:
        until(lambda: answers(f"http://127.0.0.1:{port}/health"), "the server answers")
        name = str(container.name)
        found = running(name, "--probe")[f"container:{name}"]
        made = subprocess.run(
            [sys.executable, "-m", "wizard", "import", "--running", name], check=True, capture_output=True, text=True
        )
        container.reload()
        bound = container.attrs["NetworkSettings"]["Ports"]["8080/tcp"]
    finally:
        container.remove(force=True)
    assert {int(each["HostPort"]) for each in bound} == {port}
    assert {(each["api"], each["port"], each["who"]) for each in found["listens"]} == {("inference", port, who)}
    assert [each["answer"] for each in found["answers"]] == ["answers 200 without a token"]
    assert [each["id"] for each in found["findings"] if each["severity"] not in ("info", "low")] == [rule]
    plan = answers_file.load(made.stdout)
    assert (plan.server, plan.version, plan.models[0].path) == ("llama-server", "b11669", str(SAMPLE))
    listener = plan.listener("inference")
    assert listener is not None and listener.scope == ("loopback" if address == "127.0.0.1" else "all")


def test_a_name_that_does_not_run_is_refused() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "check", "--running", "no-such-server"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "No model server no-such-server runs here." in done.stderr


def test_paths_and_running_exclude_each_other() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "wizard", "check", "--running", "x", "--", "file"], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "--running looks at running servers" in done.stderr
