from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.gateway import harness
from tests.gateway.harness import ADMIN, APP, UI, Gate
from tests.support.waiting import until_listens
from wizard.placement.endpoints import moved
from wizard.servers.sample import sample_path

LISTED = {"origins": [APP, UI], "credentials": True, "headers": ["content-type", "authorization"]}
Start = Callable[..., Gate]
Emulate = Callable[[int, int], None]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that nginx's worker, another account, can look into."""
    path = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def start(nginx: str, free_port: Callable[[], int], folder: Path) -> Iterator[Start]:
    """A function that starts a gateway in front of a server's stand-in, from parts of a Plan."""
    with ExitStack() as stack:
        count = 0

        def begin(server: str = "tensorflow-serving", edit: harness.Edit = lambda text: text, **parts: Any) -> Gate:
            nonlocal count
            count += 1
            own = folder / str(count)
            options = {key: parts.pop(key) for key in ("backends", "host", "prepare") if key in parts}
            wanted = harness.plan(server, free_port, **parts)
            running: AbstractContextManager[Gate] = harness.running(nginx, own, wanted, edit, **options)
            return stack.enter_context(running)

        yield begin


def listed(**more: Any) -> dict[str, Any]:
    """Two listed origins with cookies for predictions."""
    return {"cors": {"inference": LISTED}, **more}


def guarded(**more: Any) -> dict[str, Any]:
    """The same, with a token that the gateway checks."""
    return listed(auth={"inference": "gateway-token", "management": "gateway-token"}, **more)


def managed(**more: Any) -> dict[str, Any]:
    """TorchServe with management on its own listener, for its own page, with its own token."""
    parts = guarded(bind={"management": {"scope": "loopback"}}, **more)
    parts["cors"] = {"inference": LISTED, "management": {"origins": [ADMIN], "methods": ["GET", "PUT"]}}
    return parts


@pytest.fixture
def emulator() -> Iterator[Emulate]:
    """A function that starts the emulator on a REST and a gRPC port."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(rest: int, grpc_port: int) -> None:
        root = Path(__file__).parents[2] / "src"
        command = [
            sys.executable,
            "-m",
            "wizard.servers.tensorflow_serving.emulator",
            f"--rest_api_port={rest}",
            f"--port={grpc_port}",
        ]
        command += ["--model_name=half_plus_two", f"--model_base_path={sample_path('tensorflow-serving')}"]
        started.append(
            subprocess.Popen(
                command, env={"PYTHONPATH": str(root)}, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT
            )
        )
        for port in (rest, grpc_port):
            until_listens(port, started[-1])

    yield begin
    for process in started:
        process.terminate()
        process.wait(20)


def straight(text: str) -> str:
    """Without the relay of an isolated server: the emulator is reached by TCP, at the ports it would have had."""
    ports = [moved(int(port)) for port in re.findall(r"listen 127\.0\.0\.1:(\d+)", text)]
    for api, port in zip(("inference", "grpc"), ports, strict=False):
        text = text.replace(f"server unix:run/relay/{api}.sock", f"server 127.0.0.1:{port}")
    return text
