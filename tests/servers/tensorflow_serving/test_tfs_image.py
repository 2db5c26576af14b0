"""The server's container exactly as it is planned: hardened, as nobody, with the written files.

Run against the emulator's image, and, where it can be pulled, against the real tensorflow/serving.
"""

from __future__ import annotations

import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.servers.tensorflow_serving import exchanges
from tests.servers.tensorflow_serving.plans import ADAPTER, IPV4_ONLY, deploy
from tests.support import requires
from wizard.deployment import Deployment, Process

SAMPLE = Path(__file__).parents[2] / "data" / "half_plus_two"
MODELS = [{"name": "half", "path": str(SAMPLE), "versions": [1, 2], "labels": {"stable": 1, "gone": 7}}]
IMAGES = [
    pytest.param("", marks=requires.needs_images(requires.TFSERVING_IMAGE), id="emulator"),
    pytest.param("tensorflow/serving:2.19.1", marks=requires.real_tfserving, id="real"),
]
CASES: dict[str, dict[str, Any]] = {
    "default": {},
    "any origin and metrics": {"cors__inference__origins": ["*"], "bind__metrics": {"scope": "loopback"}},
}


def docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def arguments(process: Process, folder: Path) -> Iterator[str]:
    """The options of `docker run` that the Process stands for."""
    for mount in process.mounts:
        source = folder / mount.source.removeprefix("./") if mount.source.startswith("./") else Path(mount.source)
        yield f"--mount=type=bind,source={source},target={mount.target}" + (",readonly" if mount.read_only else "")
    yield from (f"--tmpfs={path}:{options}" for path, options in process.tmpfs)
    yield from (f"--publish={p.address}:0:{p.container_port}" for p in process.publishes)
    yield from ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges:true", "--init")
    yield from (f"--user={process.user}", f"--pids-limit={process.pids}", f"--memory={process.memory_mib}m")


@pytest.fixture(params=IMAGES)
def image(request: pytest.FixtureRequest) -> str:
    """An image that is here; the real one is pulled and is not the emulator under its name."""
    if not request.param:
        return requires.TFSERVING_IMAGE
    docker("pull", request.param)
    assert "serving-wizard.emulator" not in docker(
        "image", "inspect", "--format={{json .Config.Labels}}", request.param
    )
    return str(request.param)


def run(image: str, deployment: Deployment, folder: Path, *more: str) -> str:
    """Start the server of a deployment, with further flags behind its own. Returns the container's name."""
    folder.chmod(0o755)
    for file in ADAPTER.config_files(deployment):
        if not (folder / file.path).exists():
            (folder / file.path).write_text(file.text, "utf-8")
        (folder / file.path).chmod(0o644)
    process = deployment.process("server")
    assert process is not None
    name = f"serving-wizard-test-{uuid.uuid4().hex[:12]}"
    docker("run", "--detach", f"--name={name}", *arguments(process, folder), image, *process.command, *more)
    return name


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """`run`, with the containers removed afterwards."""
    names: list[str] = []

    def start(image: str, deployment: Deployment, *more: str) -> str:
        names.append(run(image, deployment, tmp_path, *more))
        return names[-1]

    yield start
    for name in names:
        docker("rm", "--force", name)


def port_of(name: str) -> int:
    """The REST port on loopback, once the model answers."""
    port = int(docker("port", name, "8501/tcp").rpartition(":")[2])
    exchanges.wait_for_model("127.0.0.1", port, lambda: logs(name))
    return port


def logs(name: str) -> str:
    done = subprocess.run(["docker", "logs", name], capture_output=True, text=True, timeout=60)
    return done.stdout + done.stderr


def ended(name: str) -> tuple[int, float]:
    """Exit code, and how long the server ran in seconds; a minute is the limit."""
    begin = time.monotonic()
    done = subprocess.run(["docker", "wait", name], capture_output=True, text=True, timeout=60)
    return int(done.stdout), time.monotonic() - begin


@pytest.mark.parametrize("case", CASES)
def test_the_container_answers_as_predicted(image: str, case: str, started: Callable[..., str]) -> None:
    deployment = deploy(models=MODELS, host=IPV4_ONLY, **CASES[case])
    different = exchanges.disagreements(deployment, "127.0.0.1", port_of(started(image, deployment)))
    assert not different, f"{len(different)} differ:\n" + "\n".join(different[:40])


def test_rest_alone_listens_and_nobody_runs_it(image: str, started: Callable[..., str]) -> None:
    """gRPC is on its socket; the process is not root."""
    name = started(image, deploy(models=MODELS, host=IPV4_ONLY))
    port_of(name)
    tables = docker("exec", name, "cat", "/proc/net/tcp", "/proc/net/tcp6")
    rows = [line.split() for line in tables.splitlines() if ":" in line]
    assert {int(row[1].rpartition(":")[2], 16) for row in rows if row[3] == "0A"} == {8501}
    assert "Uid:\t65534" in docker("exec", name, "cat", "/proc/1/status")
    docker("exec", name, "bash", "-c", "test -S /tmp/serving-wizard-grpc.sock")


def test_flags_that_are_none_change_nothing(image: str, started: Callable[..., str]) -> None:
    name = started(image, deploy(models=MODELS, host=IPV4_ONLY), "--bind_all_interfaces", "--address=127.0.0.1")
    port_of(name)
    assert "unknown argument: --bind_all_interfaces" in logs(name)


def test_an_address_in_models_config_ends_the_server(image: str, started: Callable[..., str], tmp_path: Path) -> None:
    deployment = deploy(models=MODELS, host=IPV4_ONLY)
    text = ADAPTER.config_files(deployment)[0].text
    (tmp_path / "models.config").write_text(
        text.replace("    model_platform", '    address: "0.0.0.0"\n    model_platform')
    )
    name = started(image, deployment)
    assert ended(name)[0] == 255
    assert 'has no field named "address"' in logs(name)


def test_a_broken_model_is_reported_within_seconds(image: str, started: Callable[..., str], tmp_path: Path) -> None:
    """Five retries a minute apart would take five minutes."""
    version = tmp_path / "broken" / "1"
    version.mkdir(parents=True)
    (version / "saved_model.pb").write_bytes(b"no graph")
    for path in (version.parent, version):
        path.chmod(0o755)
    name = started(image, deploy(models=[{"name": "half", "path": str(version.parent)}], host=IPV4_ONLY))
    code, seconds = ended(name)
    assert code == 255 and seconds < 150
    assert "did not become available" in logs(name)
