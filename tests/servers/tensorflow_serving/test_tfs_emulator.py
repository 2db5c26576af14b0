"""Predictions against the emulator, which was written from the same facts by another hand.

The files and flags are those that are written for a native run, so the emulator also shows that they are accepted.
"""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import psutil
import pytest

from tests.servers.tensorflow_serving import exchanges
from tests.servers.tensorflow_serving.plans import ADAPTER, deploy
from tests.support.waiting import PATIENCE
from wizard.deployment import Deployment

pytestmark = pytest.mark.live
pytest.importorskip("wizard.servers.tensorflow_serving.emulator.server", reason="needs the emulator")
SAMPLE = Path(__file__).parents[2] / "data" / "half_plus_two"
SOURCES = Path(__file__).parents[3] / "src"
MODELS = [{"name": "half", "path": str(SAMPLE), "versions": [1, 2], "labels": {"stable": 1, "gone": 7}}]
CASES: dict[str, dict[str, Any]] = {
    "cors off": {},
    "cors on": {"cors__inference__origins": ["*"]},
    "cors off, metrics": {"bind__metrics": {"scope": "all"}},
    "cors on, metrics": {"cors__inference__origins": ["*"], "bind__metrics": {"scope": "all"}},
}


def start(deployment: Deployment, folder: Path) -> subprocess.Popen[bytes]:
    """The emulator with the native deployment's own files and arguments."""
    for file in ADAPTER.config_files(deployment):
        (folder / file.path).write_text(file.text, "utf-8")
    process = deployment.process("server")
    assert process is not None
    words = [sys.executable, "-m", "wizard.servers.tensorflow_serving.emulator", *process.command[1:]]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(words, cwd=folder, stdout=log, stderr=log, env={"PYTHONPATH": str(SOURCES)})


@pytest.fixture(params=CASES)
def running(
    request: pytest.FixtureRequest, tmp_path: Path, free_port: Callable[[], int]
) -> Iterator[tuple[Deployment, int, int]]:
    port = free_port()
    listener = {"scope": "all", "port": port}
    patch = dict(CASES[request.param])
    socket_path = tmp_path / "grpc.sock"
    patch["bind__grpc"] = {"scope": "socket", "address": str(socket_path)}
    deployment = deploy(models=MODELS, run__how="native", bind__inference=listener, **patch)
    assert not deployment.has_gateway
    child = start(deployment, tmp_path)
    try:
        exchanges.wait_for_model("127.0.0.1", port, (tmp_path / "log").read_text)
        yield deployment, port, child.pid
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait(10)


def test_every_prediction_agrees(running: tuple[Deployment, int, int]) -> None:
    deployment, port, _ = running
    different = exchanges.disagreements(deployment, "127.0.0.1", port)
    assert not different, f"{len(different)} differ:\n" + "\n".join(different[:40])


def test_it_listens_on_ipv6_too(running: tuple[Deployment, int, int]) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    exchanges.wait_for_model("::1", running[1], str)


def test_grpc_listens_on_the_socket_alone(running: tuple[Deployment, int, int]) -> None:
    endpoint = running[0].endpoint("grpc")
    assert endpoint is not None
    with grpc.insecure_channel(endpoint.backend_address) as channel:
        grpc.channel_ready_future(channel).result(timeout=PATIENCE)
        call: Callable[..., bytes] = channel.unary_unary("/tensorflow.serving.ModelService/GetModelStatus")
        status = call(b"\n\x06\n\x04half", timeout=PATIENCE)
        assert b"\x10\x1e" in status  # state 30 = AVAILABLE
        health: Callable[..., bytes] = channel.unary_unary("/grpc.health.v1.Health/Check")
        with pytest.raises(grpc.RpcError) as refused:
            health(b"", timeout=PATIENCE)
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED
    listening = [c for c in psutil.Process(running[2]).net_connections("inet") if c.status == psutil.CONN_LISTEN]
    assert {c.laddr.port for c in listening} == {running[1]}
