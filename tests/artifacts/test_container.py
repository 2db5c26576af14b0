"""One description of a container: what Docker says of it is the same however it was started."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import requires
from tests.support.ports import own_ports
from wizard import artifacts
from wizard.machine import hostfacts, project
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial import backend, runner

pytestmark = [pytest.mark.images("tensorflow/serving:2.19.1", "nginx:1.28-alpine"), pytest.mark.compose]
Make = Callable[[str, bool], project.Project]
LIMITS = (
    "ShmSize",
    "Privileged",
    "Memory",
    "MemorySwap",
    "PidsLimit",
    "CapDrop",
    "SecurityOpt",
    "ReadonlyRootfs",
    "Tmpfs",
    "Init",
    "LogConfig",
)
CONFIG = ("User", "WorkingDir", "Cmd", "Entrypoint", "Healthcheck")
LLAMA = pytest.mark.images("ghcr.io/ggml-org/llama.cpp:server-b11669", "nginx:1.28-alpine")
TORCHSERVE = pytest.mark.images("pytorch/torchserve:0.12.0-cpu")
TWO_PAGES = {"inference": {"origins": ["https://app.example", "https://admin.example"]}}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "behind a gateway": ("tensorflow-serving", {"cors": TWO_PAGES}),
    "by itself": ("torchserve", {"auth": {"inference": "server-token", "management": "server-token"}}),
    "baked, behind a gateway": ("llama-server", {"run": {"packaging": "image"}, "cors": TWO_PAGES}),
}
"""Server and further answers."""


def described(container: Any, folder: Path) -> dict[str, Any]:
    """What `docker inspect` says, without names, labels and addresses of networks, which are each run's own."""
    said = container.attrs
    host, config = said["HostConfig"], said["Config"]
    mounts = {
        (m["Destination"], m["Source"].replace(str(folder), "."), m["RW"], _mode(host, m["Destination"]))
        for m in said["Mounts"]
        if m["Type"] == "bind"
    }
    return {
        **{key: host[key] for key in LIMITS},
        **{key: config.get(key) for key in CONFIG},
        "Env": set(config["Env"]),
        "Layers": len(container.image.attrs["RootFS"]["Layers"]),  # their sums hold times
        "Mounts": mounts,
        "Published": {port: bound for port, bound in (host["PortBindings"] or {}).items() if bound},
    }


def _mode(host: dict[str, Any], target: str) -> frozenset[str]:
    """Label options of a bind mount: `ro` and `rw` are compared as RW already."""
    for bind in host["Binds"] or ():
        _, found, options = bind.rsplit(":", 2) if bind.count(":") >= 2 else (bind, "", "")
        if found == target:
            return frozenset(options.split(",")) & {"z", "Z"}
    return frozenset()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Write the files of a deployment, on a machine with SELinux or without."""

    def prepare(case: str, selinux: bool) -> project.Project:
        measured = hostfacts.measure
        monkeypatch.setattr(hostfacts, "measure", lambda **more: replace(measured(**more), selinux=selinux))
        server, parts = CASES[case]
        models = [{"name": f"alike-{os.getpid()}", "path": str(sample_path(server))}]
        plan = Plan.model_validate(
            {"server": server, "models": models, "bind": {"inference": {"scope": "loopback"}}, **parts}
        )
        made = project.prepare(own_ports(plan), tmp_path, tmp_path / "files")
        project.write(made, "backup")
        assert made.deployment.host.selinux is selinux
        return made

    return prepare


@contextmanager
def started(folder: Path, command: tuple[str, ...], *options: str) -> Iterator[None]:
    """Start a written deployment, and take it down."""

    def run(*words: str) -> None:
        done = subprocess.run([*command, *words], cwd=folder, capture_output=True, text=True, timeout=240)
        assert done.returncode == 0, (command, words, done.stdout, done.stderr)

    try:
        run("up", *options)
        yield
    finally:
        run("down")


@pytest.mark.parametrize(
    ("case", "selinux"),
    [
        pytest.param("by itself", False, marks=TORCHSERVE),
        pytest.param("behind a gateway", True),
        pytest.param("baked, behind a gateway", True, marks=LLAMA),
    ],
)
def test_the_same_container_whoever_starts_it(make: Make, docker_client: Any, case: str, selinux: bool) -> None:
    composes = {f"Compose {major}": command for major, command in requires.compose_commands().items()}
    made = make(case, selinux)
    processes = [process.name for process in made.deployment.processes]
    name = artifacts.names.project(made.deployment)
    seen: dict[str, dict[str, dict[str, Any]]] = {}

    def look(how: str) -> None:
        found = {each: docker_client.containers.get(f"{name}-{each}") for each in processes}
        assert {c.attrs["HostConfig"]["RestartPolicy"]["Name"] for c in found.values()} == {"unless-stopped"}
        seen[how] = {each: described(container, made.target) for each, container in found.items()}

    built = [process for process in made.deployment.processes if process.baked]
    if built:
        subprocess.run([made.target / "run.sh", "build"], check=True, capture_output=True, timeout=240)
    with started(made.target, (str(made.target / "run.sh"),)):
        look("run.sh")
    for how, compose in composes.items():
        with started(made.target, (*compose, "-p", f"alike{os.getpid()}"), "-d"):
            look(how)

    def visit(running: backend.RunningTrial) -> None:
        folder = Path(str(vars(running)["folder"]))
        mine = {"label": f"serving-wizard.trial={running.mark.id}"}
        containers = docker_client.containers.list(filters=mine, ignore_removed=True)
        found = {each: next(c for c in containers if c.name.endswith(f"-{each}")) for each in processes}
        seen["trial"] = {each: described(container, folder) for each, container in found.items()}

    report = runner.run(made, backend.Options(), lambda _: None, visit=visit)
    for image in docker_client.images.list(artifacts.names.built_image(made.deployment)) if built else ():
        docker_client.images.remove(image.id, force=True)
    assert report.agrees, (report.problem, [(r.probe.id, r.probe.predicted, r.measured) for r in report.differing])
    for how in (*composes, "trial"):
        for each in processes:
            written, other = seen["run.sh"][each], seen[how][each]
            assert {key: (written[key], other[key]) for key in written if written[key] != other[key]} == {}, how
    labels = {mode for each in seen["trial"].values() for *_, mode in each["Mounts"]}
    assert labels <= {frozenset({"z"} if selinux else ())} and (labels or built)
