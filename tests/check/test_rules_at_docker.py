"""What rules on starts say that the engine refuses, it refuses; and it takes what they say to write instead."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from tests.support.checking import check
from tests.support.requires import NGINX_IMAGE, find
from wizard.check.findings import words
from wizard.observed.source import Source

pytestmark = [pytest.mark.docker, pytest.mark.images]

MODEL = "tensorflow/serving:2.19.1"
REFUSED = {
    "RUN-OPTION": ("--shm_size 64m", "--shm-size 64m", "unknown flag: --shm_size"),
    "RUN-PUBLISH-NAME": ("-p localhost:{port}:8501", "-p 127.0.0.1:{port}:8501", "localhost"),
    "RUN-VOLUME-SLASH": ("-v models/cats:/models/cats", "-v {here}/models/cats:/models/cats", "invalid characters"),
}
"""Rule -> (options that are refused, what to write instead, what the engine says)."""


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = find("docker")
    assert program is not None
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)


def created(options: str) -> subprocess.CompletedProcess[str]:
    """A container that is made of them, and gone again without having been started."""
    done = docker("create", "--pull=never", *options.split(), NGINX_IMAGE)
    if done.returncode == 0:
        docker("rm", "-f", "-v", done.stdout.strip())
    return done


def said(options: str) -> set[str]:
    text = f"docker run {options} -e MODEL_NAME=cats {MODEL}\n"
    return {line.id for report in check([Source("run.sh", text)]) for line in words(report)}


@pytest.mark.parametrize("rule", REFUSED)
def test_what_is_refused(rule: str, free_port: Callable[[], int], tmp_path: Path) -> None:
    wrong, right, message = (each.format(port=free_port(), here=tmp_path) for each in REFUSED[rule])
    assert rule in said(wrong) and rule not in said(right)
    refused = created(wrong)
    assert refused.returncode != 0 and message in refused.stderr
    taken = created(right)
    assert taken.returncode == 0, taken.stderr


def test_ports_of_a_container_without_a_network(free_port: Callable[[], int]) -> None:
    name = f"serving-wizard-test-{uuid4().hex[:12]}"
    assert docker("create", "--pull=never", "--name", name, NGINX_IMAGE).returncode == 0
    try:
        refused = created(f"--network container:{name} -p 127.0.0.1:{free_port()}:8501")
        assert refused.returncode != 0 and "port publishing and the container type network mode" in refused.stderr
        assert created(f"--network container:{name}").returncode == 0
    finally:
        docker("rm", "-f", "-v", name)
    assert "RUN-SHARED-PORTS" in said("--network container:front -p 127.0.0.1:8501:8501")
    assert "RUN-SHARED-PORTS" not in said("--network container:front")


def test_a_name_of_an_image_with_a_blank() -> None:
    refused = docker("create", "--pull=never", f"{NGINX_IMAGE} web")
    assert refused.returncode != 0 and "invalid reference format" in refused.stderr
    text = 'services:\n  a:\n    image: "tensorflow/serving:2.19.1 web"\n'
    assert "RUN-IMAGE-NAME" in {line.id for report in check([Source("compose.yaml", text)]) for line in words(report)}


def test_two_containers_on_one_port(free_port: Callable[[], int]) -> None:
    """RUN-PORT-TWICE."""
    port, names = free_port(), [f"serving-wizard-test-{uuid4().hex[:12]}" for _ in "ab"]
    started = [
        docker("run", "-d", "--pull=never", "--name", name, "-p", f"127.0.0.1:{port}:80", NGINX_IMAGE) for name in names
    ]
    docker("rm", "-f", "-v", *names)
    assert [done.returncode == 0 for done in started] == [True, False]
    assert "port is already allocated" in started[1].stderr


def test_ports_of_an_internal_network(free_port: Callable[[], int]) -> None:
    """RUN-PORT-INTERNAL."""
    port, name = free_port(), f"serving-wizard-test-{uuid4().hex[:12]}"
    try:
        assert docker("network", "create", "--internal", name).returncode == 0
        options = ("--pull=never", "--name", name, "--network", name, "-p", f"127.0.0.1:{port}:80")
        done = docker("run", "-d", *options, NGINX_IMAGE)
        assert done.returncode == 0, done.stderr
        with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 10):
            pass
    finally:
        docker("rm", "-f", "-v", name)
        docker("network", "rm", name)


def test_a_command_line_in_one_item() -> None:
    """RUN-ONE-WORD."""
    name = f"serving-wizard-test-{uuid4().hex[:12]}"
    done = docker("run", "--name", name, "--pull=never", "--entrypoint", "echo all of it", NGINX_IMAGE)
    docker("rm", "-f", "-v", name)
    assert done.returncode == 127 and "executable file not found" in done.stderr


def test_words_behind_the_one_that_a_shell_runs() -> None:
    """RUN-SHELL-WORDS."""
    shell = ("run", "--rm", "--pull=never", "--entrypoint", "sh", NGINX_IMAGE, "-c")
    assert docker(*shell, "echo", "--flag=1").stdout == "\n"
    assert docker(*shell, "echo --flag=1").stdout == "--flag=1\n"


def test_options_behind_the_image(free_port: Callable[[], int]) -> None:
    """RUN-LATE-OPTION."""
    options, shown = ("-p", f"127.0.0.1:{free_port()}:80"), "{{len .HostConfig.PortBindings}} {{json .Config.Cmd}}"
    for given, seen in (
        ((*options, NGINX_IMAGE, "a"), '1 ["a"]'),
        ((NGINX_IMAGE, *options), f'0 ["-p","{options[1]}"]'),
    ):
        made = docker("create", "--pull=never", *given).stdout.strip()
        assert docker("inspect", "-f", shown, made).stdout.strip() == seen
        docker("rm", "-f", made)


def test_a_line_that_nothing_continues(tmp_path: Path) -> None:
    """RUN-LINE-TORN."""
    script = tmp_path / "start.sh"
    script.write_text(f"docker create --pull=never \\\n  -e A=b\n  -e C=d \\\n  {NGINX_IMAGE}\n")
    done = subprocess.run(["bash", str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 127 and done.stdout == ""
    assert "requires at least 1 argument" in done.stderr and "-e: command not found" in done.stderr


def test_a_list_that_a_line_break_cuts(tmp_path: Path) -> None:
    """RUN-INSTRUCTION."""
    (tmp_path / "Dockerfile").write_text(f'FROM {NGINX_IMAGE}\nCMD ["echo",\n  "all of it"]\n')
    done = docker("build", "--network=none", str(tmp_path))
    assert done.returncode != 0 and "unknown instruction" in done.stdout + done.stderr
