"""A port that is taken: run.sh says which, who has it, and what to do, and leaves nothing behind."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
from pathlib import Path

import pytest

from wizard.artifacts import shown, starting
from wizard.deployment.engines import DOCKER
from wizard.machine import project
from wizard.plan import Plan
from wizard.servers.sample import sample_path

SAID = {
    "20.10, a container": "Error response from daemon: driver failed programming external connectivity on endpoint "
    "echo-server (3f2a): Bind for 127.0.0.1:8080 failed: port is already allocated",
    "20.10, a program": "Error response from daemon: driver failed programming external connectivity on endpoint "
    "echo-server (3f2a): Error starting userland proxy: listen tcp4 127.0.0.1:8080: bind: address already in use",
    "28": "Error response from daemon: failed to set up container networking: driver failed programming external "
    "connectivity on endpoint echo-server (3f2a): failed to bind host port for 127.0.0.1:8080:172.17.0.2:80/tcp: "
    "address already in use",
    "29": "Error response from daemon: failed to set up container networking: driver failed programming external "
    "connectivity on endpoint echo-server (3f2a): failed to bind host port 127.0.0.1:8080/tcp: address already in use",
    "29, IPv6": "Error response from daemon: failed to set up container networking: driver failed programming external "
    "connectivity on endpoint echo-server (3f2a): failed to bind host port [::1]:8080/tcp: address already in use",
}


def start(folder: Path, said: str, holder: str = "") -> subprocess.CompletedProcess[str]:
    """`start` of the written script, with a Docker that only speaks."""
    docker = folder / "docker"
    docker.write_text(
        "#!/bin/sh\ncase $1 in\n"
        f"start) cat <<'SAID' >&2\n{said}\nError: failed to start containers: echo-server\nSAID\nexit 1 ;;\n"
        f"ps) printf '%s' '{holder}' ;;\nesac\n"
    )
    docker.chmod(0o755)
    lines = [
        "set -eu",
        """here='/srv/it'"'"'s $HOME'""",
        shown.PASTED,
        "down() { echo removed; }",
        *starting.posix(DOCKER),
        "start echo-server",
    ]
    path = f"{folder}:{os.environ['PATH']}"
    return subprocess.run(["sh", "-c", "\n".join(lines)], capture_output=True, text=True, env={"PATH": path})


@pytest.mark.parametrize("said", SAID.values(), ids=SAID)
def test_the_port_is_read_from_what_each_docker_says(tmp_path: Path, said: str) -> None:
    done = start(tmp_path, said, "the container web")
    assert done.returncode == 1
    assert done.stdout == "removed\n"
    assert done.stderr == (
        "Port 8080 is taken by the container web. Stop that, or choose another port: "
        """serving-wizard '/srv/it'\\''s $HOME'\n"""
    )


def test_any_other_trouble_is_told_in_dockers_words(tmp_path: Path) -> None:
    done = start(tmp_path, "Error response from daemon: no space left on device")
    assert (done.returncode, done.stdout) == (1, "removed\n")
    assert done.stderr.startswith("Error response from daemon: no space left on device\n")


@pytest.mark.images("pytorch/torchserve:0.12.0-cpu")
def test_a_real_port_that_a_program_has(tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        plan = Plan.model_validate(
            {
                "server": "torchserve",
                "models": [{"name": f"taken-{os.getpid()}", "path": str(sample_path("torchserve"))}],
                "bind": {"inference": {"scope": "loopback", "port": port}},
            }
        )
        made = project.prepare(plan, tmp_path, tmp_path / "written")
        project.write(made, "fail")
        done = subprocess.run([str(made.target / "run.sh")], capture_output=True, text=True, timeout=240)
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} is taken by ")
    left = ["docker", "ps", "-aq", "--filter", f"name=taken-{os.getpid()}"]
    assert subprocess.run(left, capture_output=True, text=True).stdout == ""


def test_what_run_sh_prints_can_be_pasted_whatever_the_folder_is_called(tmp_path: Path) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n")
    docker.chmod(0o755)
    answers = {"server": "torchserve", "models": [{"name": "m", "path": str(sample_path("torchserve"))}]}
    made = project.prepare(Plan.model_validate(answers), tmp_path, tmp_path / 'it\'s $HOME, "my" files')
    project.write(made, "fail")
    path = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run([str(made.target / "run.sh")], env=path, cwd="/", capture_output=True, text=True, check=True)
    said = dict(line.split(": ", 1) for line in done.stdout.splitlines() if ": " in line)
    assert {does: shlex.split(command) for does, command in said.items()} == {
        "Call it": [str(made.target / "call.sh")],
        "Stop it": [str(made.target / "run.sh"), "down"],
        "Who can reach what": [str(made.target / "EXPOSURE.md")],
    }
