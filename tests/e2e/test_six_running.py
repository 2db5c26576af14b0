"""`check --running` over six servers: three programs, each as a process and in a container; three are exposed.

What it says is held against the kernel's table of sockets, as `ss` prints it, and against what the engine says.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.test_check_running import answers, listened, running, torchserve
from tests.servers.llama_server.real import SAMPLE, Server
from tests.support import requires
from tests.support.processes import popen
from tests.support.waiting import until
from wizard.observed.open_to import EVERYWHERE, HERE
from wizard.servers.sample import sample_plan

if TYPE_CHECKING:
    from docker import DockerClient
    from docker.models.containers import Container

    FreePort = Callable[[], int]

pytestmark = [
    requires.needs_torchserve,
    requires.needs_llama_server,
    requires.needs_images(requires.TORCHSERVE_IMAGE, requires.TFSERVING_IMAGE, requires.LLAMA_SERVER_IMAGE),
]
MODEL = sample_plan("tensorflow-serving").models[0]
EMULATOR = "wizard.servers.tensorflow_serving.emulator"


@contextmanager
def emulator(folder: Path, rest: int, grpc: int) -> Iterator[int]:
    """TensorFlow Serving's stand-in, under the name and with the flags of the real program; its process id."""
    program = folder / "tensorflow_model_server"
    program.write_text(f"#!{sys.executable}\nimport runpy\nrunpy.run_module({EMULATOR!r}, run_name='__main__')\n")
    program.chmod(0o755)
    flags = [
        f"--rest_api_port={rest}",
        f"--port={grpc}",
        f"--model_name={MODEL.name}",
        f"--model_base_path={MODEL.path}",
    ]
    process = popen([str(program), *flags], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: answers(f"http://127.0.0.1:{rest}/v1/models/{MODEL.name}"), "the server answers")
        yield process.pid
    finally:
        process.kill()
        process.wait()


@contextmanager
def container(client: DockerClient, url: str, *arguments: object, **options: object) -> Iterator[Container]:
    """A container that answers at a URL."""
    made: Any = client.containers.run(*arguments, detach=True, **options)
    try:
        until(lambda: answers(url), "the server answers")
        made.reload()
        yield made
    finally:
        made.remove(force=True)


def sockets_of(place: Container) -> set[int]:
    """The ports that anybody listens on in a container's network namespace, as the kernel tells `ss`."""
    pid = place.attrs["State"]["Pid"]
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in Path(f"/proc/{pid}/net/{name}").read_text().splitlines()[1:]
    ]
    return {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"}


def bound(place: Container) -> set[tuple[str, int]]:
    """(address, port of this machine) of everything the engine publishes of a container."""
    ports = place.attrs["NetworkSettings"]["Ports"]
    return {(each["HostIp"], int(each["HostPort"])) for places in ports.values() for each in places or ()}


def said(report: dict[str, Any], who: str) -> set[int]:
    return {each["port"] for each in report["listens"] if each["who"] == who}


@pytest.fixture
def six(docker_client: DockerClient, tmp_path: Path, free_port: FreePort) -> Iterator[dict[str, Any]]:
    """Name -> process id, or container."""
    with ExitStack() as stack:
        for name in ("ts", "tf", "ls"):
            (tmp_path / name).mkdir()
        ts, tf, ls = free_port(), free_port(), free_port()
        ports = [free_port() for _ in range(5)]
        llama = Server("b11669", free_port(), tmp_path / "ls", ("--host", "0.0.0.0"))
        yield {
            "ts process": stack.enter_context(torchserve(tmp_path / "ts", "127.0.0.1", ports)),
            "tf process": stack.enter_context(emulator(tmp_path / "tf", free_port(), free_port())),
            "ls process": stack.enter_context(llama).process.pid,
            "ts container": stack.enter_context(
                container(
                    docker_client, f"http://127.0.0.1:{ts}/ping", requires.TORCHSERVE_IMAGE,
                    ports={"8080/tcp": ts, "8081/tcp": free_port()},
                )
            ),
            "tf container": stack.enter_context(
                container(
                    docker_client, f"http://127.0.0.1:{tf}/v1/models/{MODEL.name}", requires.TFSERVING_IMAGE,
                    ports={"8501/tcp": ("127.0.0.1", tf)}, environment={"MODEL_NAME": MODEL.name},
                    volumes={str(MODEL.path): {"bind": f"/models/{MODEL.name}", "mode": "ro"}},
                )
            ),
            "ls container": stack.enter_context(
                container(
                    docker_client, f"http://127.0.0.1:{ls}/health", requires.LLAMA_SERVER_IMAGE,
                    ["-m", "/models/alphabet.gguf", "--port", "8080"], ports={"8080/tcp": ("127.0.0.1", ls)},
                    volumes={str(SAMPLE.parent): {"bind": "/models", "mode": "ro"}},
                )
            ),
        }  # fmt: skip


def test_all_six_are_told_as_the_system_and_the_engine_tell_them(six: dict[str, Any]) -> None:
    every = running()
    for name, place in six.items():
        if isinstance(place, int):
            report = every[f"process:{place}"]
            real = {port for _, port in listened(place)}
            assert {each["port"] for each in report["listens"]} == real, name
            open_ = {port for address, port in listened(place) if address in ("0.0.0.0", "::")}
            assert (said(report, EVERYWHERE), said(report, HERE)) == (open_, real - open_), name
            continue
        report = every[f"container:{place.name}"]
        place.reload()
        wide = {port for address, port in bound(place) if address in ("0.0.0.0", "::", "")}
        narrow = {port for address, port in bound(place) if address == "127.0.0.1"}
        assert (said(report, EVERYWHERE), said(report, HERE)) == (wide, narrow), name
        listeners = {int(port.partition("/")[0]) for port in place.attrs["Config"]["ExposedPorts"]}
        told = {each["port"] for each in report["listens"] if "containers on" in each["who"]}
        published = {int(port.partition("/")[0]) for port, at in place.attrs["NetworkSettings"]["Ports"].items() if at}
        assert told >= (sockets_of(place) & listeners) - published, name
        assert told <= sockets_of(place), name
    servers = {every[path(place)]["server"] for place in six.values()}
    assert servers == {"torchserve", "tensorflow-serving", "llama-server"}
    exposed = {name for name, place in six.items() if said(every[path(place)], EVERYWHERE)}
    # The emulated server has no address flag, like the real one: as a process it is open whatever was meant.
    assert exposed == {"tf process", "ls process", "ts container"}


def path(place: Any) -> str:
    """What its report is called."""
    return f"process:{place}" if isinstance(place, int) else f"container:{place.name}"
