"""What rules on containers say happens in real ones. One start shows several of them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from uuid import uuid4

import pytest

from tests.check.test_rules_at_docker import docker
from tests.servers.torchserve.fleet import own_address
from tests.support.requires import LLAMA_SERVER_IMAGE, NGINX_IMAGE, ROOT, TFSERVING_IMAGE, TORCHSERVE_IMAGE, find
from tests.support.waiting import until

pytestmark = [pytest.mark.docker, pytest.mark.images]

MODELS = f"{ROOT / 'src/wizard/servers/llama_server/sample'}:/models:ro"
MODEL = ("-m", "/models/alphabet.gguf")
FreePort = Callable[[], int]


@contextmanager
def running(*words: str) -> Iterator[str]:
    """A container in the background, by its name."""
    name = f"serving-wizard-test-{uuid4().hex[:12]}"
    try:
        done = docker("run", "-d", "--pull=never", "--name", name, *words)
        assert done.returncode == 0, done.stderr
        yield name
    finally:
        docker("rm", "-f", "-v", name)


def output(image: str, program: str, *words: str, options: tuple[str, ...] = ()) -> str:
    """What a program of an image prints."""
    return docker("run", "--rm", "--pull=never", *options, "--entrypoint", program, image, *words).stdout.strip()


def answers(address: str, port: int) -> bool:
    """Whether somebody answers there; the engine itself accepts connections that lead to nobody."""
    try:
        with socket.create_connection((address, port), 10) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return bool(connection.recv(1))
    except OSError:
        return False


def unhealthy(name: str) -> bool:
    """What the engine says of a container."""
    return docker("inspect", "-f", "{{.State.Health.Status}}", name).stdout.strip() == "unhealthy"


def test_what_one_container_publishes_and_mounts(free_port: FreePort, tmp_path: Path) -> None:
    own, everywhere, one, dead = own_address(), free_port(), free_port(), free_port()
    volume = f"serving-wizard-test-{uuid4().hex[:12]}"
    published = ("-p", f"{everywhere}:80", "-p", f"{own}:{one}:80", "-p", f"127.0.0.1:{dead}:81", "--expose", "82")
    mounted = ("-v", f"{volume}:/models", "-v", f"{tmp_path}/absent.conf:/absent.conf")
    try:
        with running(*published, *mounted, NGINX_IMAGE) as name:
            until(lambda: answers("127.0.0.1", everywhere), lambda: docker("logs", name).stderr)
            inner = docker("inspect", "-f", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name).stdout
            shown = {
                "RUN-PUBLISHED": answers(own, everywhere),
                "RUN-PUBLISHED-ON": answers(own, one) and not answers("127.0.0.1", one),
                "RUN-PORT-DEAD": not answers("127.0.0.1", dead),
                "RUN-EXPOSE-DEAD": answers(inner.strip(), 80) and not answers(inner.strip(), 82),
                "RUN-VOLUME-NAMED": docker("volume", "inspect", volume).returncode == 0,
                "RUN-VOLUME-ROOT": (tmp_path / "absent.conf").is_dir(),
            }
    finally:
        docker("volume", "rm", "-f", volume)
    assert [rule for rule, seen in shown.items() if not seen] == []


def test_what_a_container_gets() -> None:
    """RUN-ENV-OUTSIDE, RUN-DOCKER-SOCKET and RUN-IMAGE-ROOT."""
    program = find("docker")
    assert program is not None
    variables = {**os.environ, "MODEL_NAME": "cat"}
    for passed in ((), ("-e", "MODEL_NAME")):
        command = (program, "run", "--rm", "--pull=never", *passed, "--entrypoint", "env", LLAMA_SERVER_IMAGE)
        done = subprocess.run(command, env=variables, capture_output=True, text=True, timeout=120, check=True)
        assert ("MODEL_NAME=cat" in done.stdout) is bool(passed)
    bound = ("-v", "/var/run/docker.sock:/var/run/docker.sock")
    asked = ("-s", "--unix-socket", "/var/run/docker.sock", "http://docker/version")
    assert "ApiVersion" in json.loads(output(LLAMA_SERVER_IMAGE, "curl", *asked, options=bound))
    assert output(TORCHSERVE_IMAGE, "id", "-u", options=("--user", "root")) == "0"
    assert output(TORCHSERVE_IMAGE, "id", "-u") != "0"


def test_the_network_of_the_host(free_port: FreePort) -> None:
    """RUN-HOST-NETWORK and RUN-HOST-PORTS."""
    port, discarded = free_port(), free_port()
    options = ("--network", "host", "-p", f"127.0.0.1:{discarded}:8080", "-v", MODELS)
    with running(*options, LLAMA_SERVER_IMAGE, *MODEL, "--port", str(port)) as name:
        until(lambda: answers(own_address(), port), lambda: docker("logs", name).stderr[-2000:])
        assert not answers("127.0.0.1", discarded)


def test_loopback_inside_a_container_and_a_health_check_of_another_port(free_port: FreePort) -> None:
    """LS-LOOPBACK-INSIDE, RUN-PORT-LOOPBACK, RUN-BIND-LOOPBACK, LS-HEALTH and LS-HEALTH-ELSEWHERE."""
    port, other = free_port(), free_port()
    often = ("--health-interval", "1s", "--health-retries", "1", "-v", MODELS)
    inside = ("-p", f"127.0.0.1:{port}:8000", *often, LLAMA_SERVER_IMAGE, *MODEL, "--host", "127.0.0.1")
    asked = ("--health-cmd", "curl -f http://localhost:8000/health", "-p", f"127.0.0.1:{other}:8080")
    served = (LLAMA_SERVER_IMAGE, *MODEL, "--port", "8080")
    with running(*inside, "--port", "8000") as first, running(*asked, *often, *served) as second:
        for name in (first, second):
            until(partial(unhealthy, name), lambda: docker("ps").stdout)
        here = docker("exec", first, "curl", "-sf", "http://127.0.0.1:8000/health")
        assert here.returncode == 0 and not answers("127.0.0.1", port)
        until(lambda: answers("127.0.0.1", other), lambda: docker("logs", second).stderr[-2000:])


def test_the_program_twice() -> None:
    """LS-ENTRYPOINT-TWICE."""
    done = docker("run", "--rm", "--pull=never", LLAMA_SERVER_IMAGE, "llama-server", *MODEL)
    assert done.returncode == 1 and "invalid argument: llama-server" in done.stdout + done.stderr


def test_a_shell_that_the_entrypoint_splits_again() -> None:
    """TS-CMD-SHELL."""
    flags = "--start --foreground --ncs --model-store /nowhere"

    def said(*words: str) -> str:
        done = docker("run", "--rm", "--pull=never", TORCHSERVE_IMAGE, *words)
        return done.stdout + done.stderr

    assert "Missing mandatory parameter --model-store" in said("/bin/sh", "-c", f"torchserve {flags}")
    assert "--model-store directory not found: /nowhere" in said("torchserve", *flags.split())


@pytest.mark.parametrize("image", [LLAMA_SERVER_IMAGE, TORCHSERVE_IMAGE, TFSERVING_IMAGE])
def test_an_option_of_echo_is_written(image: str) -> None:
    """RUN-ECHO-OPTION: by the shell of these images, as of all that Debian and Ubuntu are in."""

    def written(command: str) -> str:
        done = docker("run", "--rm", "--pull=never", "--entrypoint", "/bin/sh", image, "-c", command)
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert written("echo -e 'a\\nb'") == "-e a\nb\n" and written("echo -ne 'a'") == "-ne a\n"
    assert written("printf '%b\\n' 'a\\nb'") == written("echo 'a\\nb'") == "a\nb\n" and written("echo -n a") == "a"


def test_what_is_started_in_a_build_is_gone_and_what_a_tag_means_changes(tmp_path: Path) -> None:
    """RUN-AT-BUILD and RUN-IMAGE-FLOATS."""
    tag = f"serving-wizard-test-{uuid4().hex[:12]}:latest"
    (tmp_path / "Dockerfile").write_text(f"FROM {NGINX_IMAGE}\nRUN sleep 600 &\n")
    try:
        assert docker("tag", NGINX_IMAGE, tag).returncode == 0
        before = docker("image", "inspect", "-f", "{{.Id}}", tag).stdout
        done = docker("build", "--network=none", "-t", tag, str(tmp_path))
        assert done.returncode == 0, done.stderr
        assert docker("image", "inspect", "-f", "{{.Id}}", tag).stdout != before
        runs = output(tag, "sh", "-c", "cat /proc/[0-9]*/cmdline")
        assert "cat" in runs and "sleep" not in runs
    finally:
        docker("image", "rm", "-f", tag)


REFUSED = {
    "RUN-COMPOSE-KEY": ("    container_image: a\n", ""),
    "RUN-VOLUME-UNDECLARED": ("    volumes: [models:/models]\n", "volumes: {models: {}}\n"),
}
"""Rule -> a line of a service that is refused, and the end of the file with which it is taken ("": never)."""


def test_what_compose_refuses(compose_command: tuple[str, ...], tmp_path: Path) -> None:
    def taken(content: str) -> bool:
        (tmp_path / "compose.yaml").write_text(f"services:\n  a:\n    image: {NGINX_IMAGE}\n{content}")
        done = subprocess.run([*compose_command, "config", "-q"], cwd=tmp_path, capture_output=True, text=True)
        return done.returncode == 0

    assert [rule for rule, (line, _) in REFUSED.items() if taken(line)] == []
    assert taken("".join(line + cure for line, cure in REFUSED.values() if cure))
