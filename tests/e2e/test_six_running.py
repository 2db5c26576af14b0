"""`check --running` over six servers: three programs, each as a process and in a container; three are exposed.

What it says is held against the kernel's table of sockets, as `ss` prints it, and against what the engine says.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from tests.e2e.test_check_running import answers, listened, running, torchserve
from tests.servers.llama_server.real import SAMPLE, Server
from tests.support import requires
from tests.support.processes import popen
from tests.support.waiting import until
from wizard.observed.open_to import APART, EVERYWHERE, HERE
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
    return in_network_of(place.attrs["State"]["Pid"])


def in_network_of(pid: int) -> set[int]:
    """The same of a process's network namespace."""
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


@pytest.fixture
def odd(docker_client: DockerClient, tmp_path: Path, free_port: FreePort) -> Iterator[dict[str, Any]]:
    """Name -> process id, or container: started by other names and programs, in other networks."""
    command, python = (
        requires.llama_server_command("b11669"),
        Path(requires.torchserve_command() or "").with_name("python"),
    )
    shared, http, rest = free_port(), free_port(), free_port()
    link = tmp_path / "chat"
    link.symlink_to(str(command))
    model = {"bind": "/models", "mode": "ro"}
    settings = "".join(
        f"{key}={value}\n"
        for key, value in {
            "inference_address": f"http://0.0.0.0:{http}",
            **{f"{api}_address": f"http://127.0.0.1:{free_port()}" for api in ("management", "metrics")},
            **{f"grpc_{api}_port": free_port() for api in ("inference", "management")},
            "disable_token_authorization": "true",
        }.items()
    )
    (tmp_path / "ts.properties").write_text(settings)
    (tmp_path / "store").mkdir()
    flags = "--start --foreground --ncs --model-store store --ts-config ts.properties"
    network = docker_client.networks.create(f"wizard-test-{shared}")
    with ExitStack() as stack:
        stack.callback(network.remove)

        def process(words: list[str]) -> int:
            folder = {"TEMP": str(tmp_path), "TMPDIR": str(tmp_path)}
            made = popen(
                words, cwd=tmp_path, env=os.environ | folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(ended, made)
            return made.pid

        own = ["-m", str(SAMPLE), "--port", str(free_port())]
        renamed = process([str(link), *own, "--host", "0.0.0.0"])
        apart = process(["unshare", "--user", "--map-root-user", "--net", str(command), *own, "--host", "0.0.0.0"])
        wrapped = process(["sh", "-c", f"cd . && {python} -m ts.model_server {flags}; true"])
        first = stack.enter_context(
            container(
                docker_client, f"http://[::1]:{rest}/v1/models/{MODEL.name}", requires.TFSERVING_IMAGE,
                network=network.name, ports={"8501/tcp": ("::1", rest)}, environment={"MODEL_NAME": MODEL.name},
                volumes={str(MODEL.path): {"bind": f"/models/{MODEL.name}", "mode": "ro"}},
            )
        )  # fmt: skip
        address = first.attrs["NetworkSettings"]["Networks"][network.name]["IPAddress"]
        second = stack.enter_context(
            container(
                docker_client, f"http://{address}:8600/health", requires.LLAMA_SERVER_IMAGE,
                ["-m", "/models/alphabet.gguf", "--port", "8600"], network_mode=f"container:{first.id}",
                volumes={str(SAMPLE.parent): model},
            )
        )  # fmt: skip
        third = stack.enter_context(
            container(
                docker_client, f"http://127.0.0.1:{shared}/health", requires.LLAMA_SERVER_IMAGE,
                ["-m", "/models/alphabet.gguf", "--port", str(shared)], network_mode="host",
                volumes={str(SAMPLE.parent): model},
            )
        )  # fmt: skip
        until(lambda: answers(f"http://127.0.0.1:{http}/ping"), "TorchServe answers")
        (java,) = [each.pid for each in family(wrapped) if "java" in each.name()]
        until(lambda: listened(renamed) and moved(apart) and in_network_of(apart), "llama-server listens")
        yield {
            "renamed": renamed, "apart": apart, "module": java, "first": first, "second": second, "host": third,
            "launcher": wrapped, "network": network.name, "ports": (http, rest, shared),
        }  # fmt: skip


def moved(pid: int) -> bool:
    """Whether a process is in a network namespace of its own."""
    return Path(f"/proc/{pid}/ns/net").readlink() != Path("/proc/self/ns/net").readlink()


def ended(process: subprocess.Popen[bytes]) -> None:
    for each in family(process.pid):
        each.kill()
    process.wait()


def family(pid: int) -> list[psutil.Process]:
    """A process and what it started."""
    with suppress(psutil.NoSuchProcess):
        return [*psutil.Process(pid).children(recursive=True), psutil.Process(pid)]
    return []


def test_other_names_programs_and_networks_are_told_as_they_are(odd: dict[str, Any]) -> None:
    every = running()
    reports = {name: every[path(odd[name])] for name in ("renamed", "apart", "module", "first", "second", "host")}
    http, rest, shared = odd["ports"]
    assert [reports[name]["server"] for name in ("renamed", "module")] == ["llama-server", "torchserve"]
    launchers = {each.pid for each in family(odd["launcher"])} - {odd["module"]}
    assert not {f"process:{pid}" for pid in launchers} & set(every), "what waits for the server is none"
    assert said(reports["renamed"], EVERYWHERE) == {port for _, port in listened(odd["renamed"])}
    assert said(reports["apart"], APART) == in_network_of(odd["apart"])
    assert not [each for each in reports["apart"]["findings"] if each["id"] == "LS-OPEN"], "nobody can connect"
    assert (said(reports["module"], EVERYWHERE), len(said(reports["module"], HERE))) == ({http}, 4)
    assert (said(reports["first"], HERE), said(reports["first"], EVERYWHERE)) == ({rest}, set())
    (inside,) = reports["second"]["listens"]
    assert inside["port"] == 8600 and inside["who"].startswith(f"containers on {odd['network']}, and programs on this")
    assert said(reports["host"], EVERYWHERE) == {shared}
