"""The written files started as a user would start them: they serve, and are reachable exactly as predicted."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support import requires
from tests.support.ports import own_ports
from tests.support.waiting import until
from wizard.artifacts.identity import project_name
from wizard.machine import modelcheck, project, tokens
from wizard.plan import Plan
from wizard.prediction.probes import predict
from wizard.prediction.values import Probe
from wizard.servers.sample import sample_path
from wizard.trial.probes import measure_all, send

pytestmark = pytest.mark.images("pytorch/torchserve:0.12.0-cpu", "nginx:1.28-alpine")
PAGE = {"inference": {"origins": ["https://app.example"], "credentials": True}}
OFF = {"inference": "none", "management": "none"}
LLAMA = "ghcr.io/ggml-org/llama.cpp:server-b11669"
Write = Callable[..., project.Project]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write the files of a Plan for the sample archive, which lies in a folder and under a name that need care."""

    def make(name: str, **parts: Any) -> project.Project:
        model = tmp_path / 'it\'s $HOME, "my" models' / "echo v1.mar"
        model.parent.mkdir()
        shutil.copy(sample_path("torchserve"), model)
        plan = Plan.model_validate(
            {
                "server": "torchserve",
                "models": [{"name": f"{name}-{os.getpid()}", "path": str(model)}],
                "bind": {"inference": {"scope": "loopback"}},
                **parts,
            }
        )
        made = project.prepare(own_ports(plan), tmp_path, tmp_path / "written files")
        project.write(made, "fail")
        return made

    return make


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, (command, done.stdout, done.stderr)


def serves(probe: Probe, token: str) -> bool:
    try:
        return send(probe, token, 30).status == 200
    except OSError:
        return False


def assert_serves(made: project.Project) -> None:
    samples = modelcheck.samples(made.reports)
    probes = [p for p in predict(made.deployment, samples) if "container" not in p.vantage]
    first = next(p for p in probes if p.id == "inference-loopback-v4")
    assert first.predicted == "200"
    known = tokens.read(made.deployment, made.target)
    until(lambda: serves(first, known.get("inference", "")), "a prediction", 120, pause=0.2)
    results = measure_all(probes, known, None, lambda _: None)
    assert len(results) == len(probes) > 10
    assert [(r.probe.id, r.probe.predicted, r.measured) for r in results if not r.agrees] == []


@pytest.fixture
def compose(compose_command: tuple[str, ...]) -> Iterator[Callable[..., None]]:
    started: list[Path] = []

    def call(folder: Path, *more: str) -> None:
        started.append(folder)
        run([*compose_command, "-p", f"files{os.getpid()}", *more], folder)

    yield call
    for folder in dict.fromkeys(started):
        call(folder, "-f", "compose.yaml", "down", "-v")


@pytest.mark.compose
def test_compose_up_serves_without_a_gateway(write: Write, compose: Callable[..., None]) -> None:
    made = write("plain", auth=OFF)
    compose(made.target, "-f", "compose.yaml", "up", "-d")
    assert_serves(made)


@pytest.mark.compose
def test_compose_up_serves_behind_the_gateway(write: Write, compose: Callable[..., None]) -> None:
    made = write("gated", cors=PAGE, auth={"inference": "gateway-token", "management": "none"})
    assert made.deployment.has_gateway
    compose(made.target, "-f", "compose.yaml", "up", "-d")
    assert_serves(made)


@pytest.mark.parametrize("packaging", ["mount", "image"])
def test_run_sh_up_serves_and_down_leaves_nothing(write: Write, packaging: str, docker_client: Any) -> None:
    made = write("script", auth=OFF, cors=PAGE, run={"packaging": packaging})
    script = str(made.target / "run.sh")
    name = f"serving-script-{os.getpid()}"
    try:
        if packaging == "image":
            run([script, "build"], Path("/"))
        run([script, "up"], Path("/"))
        assert_serves(made)
    finally:
        subprocess.run([script, "down"], capture_output=True, timeout=120)
        if packaging == "image":
            docker_client.images.remove(f"{name}:{project_name(str(made.target))}", force=True)
    left = docker_client.containers.list(all=True, filters={"name": name}, ignore_removed=True)
    assert left == [] and docker_client.networks.list(names=[name]) == []


def answers(made: project.Project, *command: str) -> subprocess.CompletedProcess[str]:
    """What a command prints that is run somewhere else than in the folder of the files."""
    return subprocess.run(command, cwd=made.target.parent, capture_output=True, text=True, timeout=240)


def pasted(made: project.Project) -> str:
    """The lines for a shell that EXPOSURE.md tells its reader to paste in that folder."""
    text = (made.target / "EXPOSURE.md").read_text()
    return text.split("From a shell, in this folder:\n\n```sh\n")[1].split("\n```")[0]


def assert_calls(made: project.Project) -> None:
    """call.sh prints what the model answers to its sample, and so does the request that EXPOSURE.md shows."""
    done = answers(made, str(made.target / "call.sh"))
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert json.loads(done.stdout), done.stderr
    by_hand = subprocess.run(
        ["sh", "-c", pasted(made)], cwd=made.target, capture_output=True, text=True, timeout=60, check=True
    )
    assert by_hand.stdout == done.stdout


SERVER_TOKEN = {"inference": "server-token", "management": "server-token"}
GATED = {"auth": {"inference": "gateway-token", "management": "none"}, "cors": PAGE, "tls": {"mode": "self-signed"}}


@pytest.mark.parametrize("parts", [{"auth": SERVER_TOKEN}, GATED], ids=["the server's keys", "gateway, TLS"])
def test_call_sh_works_at_once_after_run_sh(write: Write, parts: dict[str, Any]) -> None:
    made = write("call", **parts)
    script = str(made.target / "run.sh")
    try:
        run([script, "up"], Path("/"))
        assert_calls(made)
    finally:
        subprocess.run([script, "down"], capture_output=True, timeout=120)
    impatient = made.target / "call.sh"
    impatient.write_text(re.sub(r"(?m)^left=\d+", "left=1", impatient.read_text()))
    done = answers(made, str(impatient))
    assert done.returncode == 1 and f"Start it: {shlex.quote(script)} up" in done.stderr


@pytest.mark.images("tensorflow/serving:2.19.1")
def test_call_sh_works_with_emulated_tensorflow_serving(write: Write) -> None:
    model = {"name": f"half-{os.getpid()}", "path": str(sample_path("tensorflow-serving"))}
    made = write("half", server="tensorflow-serving", models=[model])
    script = str(made.target / "run.sh")
    try:
        run([script, "up"], Path("/"))
        assert_calls(made)
    finally:
        subprocess.run([script, "down"], capture_output=True, timeout=120)


def assert_llama_server_answers(made: project.Project) -> None:
    """Start it by its script; then call.sh and the request that EXPOSURE.md shows are both answered."""
    run([str(made.target / "run.sh"), "up"], Path("/"))
    done = answers(made, str(made.target / "call.sh"))
    assert "choices" in json.loads(done.stdout), done.stderr
    by_hand = subprocess.run(["sh", "-c", pasted(made)], cwd=made.target, capture_output=True, timeout=60)
    assert "choices" in json.loads(by_hand.stdout), by_hand.stderr


@pytest.mark.images(LLAMA)
def test_call_sh_works_with_llama_server_and_its_key(write: Write) -> None:
    model = {"name": f"alphabet-{os.getpid()}", "path": str(sample_path("llama-server"))}
    made = write("alphabet", server="llama-server", models=[model], auth={"inference": "server-token"})
    script = str(made.target / "run.sh")
    try:
        assert_llama_server_answers(made)
    finally:
        subprocess.run([script, "down"], capture_output=True, timeout=120)


@pytest.fixture
def certificate(tmp_path: Path) -> dict[str, str]:
    """The answers about a certificate of one's own, for a name that no address leads to."""
    words = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=ml.example"]
    words += ["-addext", "subjectAltName=DNS:ml.example"]
    files = {"certificate": str(tmp_path / "own.crt"), "key": str(tmp_path / "own.key")}
    run(["openssl", *words, "-out", files["certificate"], "-keyout", files["key"]], tmp_path)
    return {"mode": "files", **files}


def beside(made: project.Project, trusted: str) -> str:
    """What the request prints that EXPOSURE.md shows for another container, sent from there."""
    where, text = (made.target / "EXPOSURE.md").read_text().split("From another container")
    tell = where.split("in place of TOKEN:\n\n```sh\n")[1].split("\n```")[0]
    token = subprocess.run(["sh", "-c", tell], cwd=made.target, capture_output=True, text=True, check=True).stdout
    network, command = (re.search(pattern, text, re.S) for pattern in ("--network ([^`]+)`", "```sh\n(.*?)\n```"))
    assert network and command
    options = ["--network", network[1], "--volume", f"{trusted}:/w/{Path(trusted).name}:ro", "--workdir", "/w"]
    options += ["--env", f"CURL_CA_BUNDLE=/w/{Path(trusted).name}", "--entrypoint", "sh", LLAMA]
    words = ["docker", "run", "--rm", *options, "-c", command[1].replace("TOKEN", token.strip())]
    return subprocess.run(words, capture_output=True, text=True, timeout=120).stdout


@pytest.mark.images(LLAMA)
@pytest.mark.parametrize("own", [False, True], ids=["the trial's certificate", "a certificate of one's own"])
def test_every_printed_request_asks_whose_certificate_it_is(
    write: Write, certificate: dict[str, str], own: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls = certificate if own else {"mode": "self-signed"}
    model = {"name": f"certified-{os.getpid()}", "path": str(sample_path("llama-server"))}
    made = write(
        "certified",
        server="llama-server",
        models=[model],
        auth={"inference": "server-token"},
        tls=tls,
        gateway={"names": ["ml.example"]},
    )
    trusted = certificate["certificate"] if own else str(made.target / "secrets" / "tls.crt")
    monkeypatch.setenv("CURL_CA_BUNDLE", trusted)
    script = str(made.target / "run.sh")
    try:
        assert_llama_server_answers(made)
        assert "choices" in json.loads(beside(made, trusted))
    finally:
        subprocess.run([script, "down"], capture_output=True, timeout=120)


@pytest.mark.torchserve
def test_call_sh_works_with_native_torchserve(write: Write, tmp_path: Path) -> None:
    torchserve = requires.torchserve_command()
    assert torchserve is not None
    made = write("native", run={"how": "native"}, auth=SERVER_TOKEN)
    environment = {**os.environ, "PATH": f"{Path(torchserve).parent}:{os.environ['PATH']}"}
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([made.target / "run.sh"], env=environment, stdout=log, stderr=log)
    try:
        assert_calls(made)
        running = [
            process for process in psutil.Process(server.pid).children(recursive=True) if process.name() == "java"
        ]
        assert len(running) == 1
    finally:
        server.terminate()
        server.wait(60)
    left = [process for process in running if process.is_running()]
    for process in left:
        process.kill()
    assert not left


@pytest.mark.compose
def test_compose_takes_over_the_networks_that_run_sh_made(
    write: Write, compose: Callable[..., None], docker_client: Any
) -> None:
    made = write("labels", auth=OFF, cors=PAGE)
    script = str(made.target / "run.sh")
    run([script, "up"], Path("/"))
    try:
        for process in made.deployment.processes:
            docker_client.containers.get(f"serving-labels-{os.getpid()}-{process.name}").remove(force=True)
        compose(made.target, "-f", "compose.yaml", "up", "-d")
        assert_serves(made)
        compose(made.target, "-f", "compose.yaml", "down", "-v")
    finally:
        run([script, "down"], Path("/"))
    assert docker_client.networks.list(names=[f"serving-labels-{os.getpid()}"]) == []


@pytest.mark.images("tensorflow/serving:2.19.1")
@pytest.mark.compose
def test_two_folders_with_one_model_leave_each_other_alone(
    write: Write, compose: Callable[..., None], docker_client: Any, tmp_path: Path
) -> None:
    """The containers of both would have the same names. What runs stays, and the other folder is told of it."""
    model = {"name": f"twice-{os.getpid()}", "path": str(sample_path("tensorflow-serving"))}
    first = write("half", server="tensorflow-serving", models=[model]).target
    second = tmp_path / "it's $another folder"
    shutil.copytree(first, second)

    def down(folder: Path) -> str:
        return subprocess.run([folder / "run.sh", "down"], capture_output=True, text=True, check=True).stdout

    def running() -> list[str]:
        name = f"serving-{model['name']}"
        return [c.id for c in docker_client.containers.list(all=True, filters={"name": name}, ignore_removed=True)]

    try:
        run([str(first / "run.sh"), "up"], Path("/"))
        there = running()
        assert there
        refused = subprocess.run([second / "run.sh", "up"], capture_output=True, text=True, timeout=120)
        assert refused.returncode == 1 and str(first) in refused.stderr and "another name" in refused.stderr
        assert "Nothing to stop" in down(second)
        assert running() == there
        run([str(first / "run.sh"), "up"], Path("/"))
        assert running() and running() != there, "its own are made again"
        assert down(first) == f"Stopped and removed: serving-{model['name']}-server\n"
        assert running() == []
        compose(second, "-f", "compose.yaml", "up", "-d")
        there = running()
        run([str(first / "run.sh"), "down"], Path("/"))
        assert there and running() == there
        run([str(second / "run.sh"), "down"], Path("/"))
        assert running() == [], "what Compose made of this folder's file is this folder's"
    finally:
        for folder in (first, second):
            subprocess.run([folder / "run.sh", "down"], capture_output=True, timeout=120)
