"""What a test may need from the machine: how each part is looked for, and what to do when it is missing.

A part that is missing skips the test with a reason that begins with "needs". With WIZARD_REQUIRE_ALL=1 every
such reason fails the test instead (tests/conftest.py), so that a complete machine cannot quietly test less.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

ROOT = Path(__file__).parents[2]

BASE_IMAGE = "serving-wizard-test/base:latest"
NGINX_IMAGE = "nginx:1.28-alpine"
TORCHSERVE_IMAGE = "pytorch/torchserve:0.12.0-cpu"
OLD_TORCHSERVE_IMAGE = "pytorch/torchserve:0.9.0-cpu"
TFSERVING_IMAGE = "tensorflow/serving:2.19.1"
LLAMA_SERVER_IMAGE = "ghcr.io/ggml-org/llama.cpp:server-b11669"
LLAMA_SERVER_BUILDS = ("b11669", "b10434")
IMAGES = (BASE_IMAGE, NGINX_IMAGE, TORCHSERVE_IMAGE, OLD_TORCHSERVE_IMAGE, TFSERVING_IMAGE, LLAMA_SERVER_IMAGE)

needs_docker = pytest.mark.docker
needs_images = pytest.mark.images
needs_jdk = pytest.mark.jdk
needs_torchserve = pytest.mark.torchserve
needs_llama_server = pytest.mark.llama_server
needs_nginx = pytest.mark.nginx
needs_compose = pytest.mark.compose
needs_namespace = pytest.mark.namespace
needs_systemd = pytest.mark.systemd
needs_supervisor = pytest.mark.supervisor
needs_podman = pytest.mark.podman
real_tfserving = pytest.mark.real_tfserving


def path() -> str:
    """Where programs are looked for; a user's PATH often lacks the folders of system programs, such as nginx."""
    return os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"))


def find(*names: str) -> str | None:
    """The first of these programs that is installed; the folders of system programs are looked into as well."""
    return next(filter(None, (shutil.which(name, path=path()) for name in names)), None)


def _program(what: str, *names: str) -> Callable[..., str | None]:
    def check(*_: object) -> str | None:
        return None if find(*names) else f"needs {what}: none of {', '.join(names)} is installed"

    return check


@cache
def _engine() -> str | None:
    from docker import DockerClient
    from docker.errors import DockerException
    from requests import RequestException

    try:
        client = DockerClient.from_env(timeout=10)
        client.ping()
    except (DockerException, RequestException) as error:
        return f"needs a Docker engine (tests/images/start-dockerd.sh): {error}"
    client.close()
    return None


@cache
def _image(name: str) -> bool:
    from docker import DockerClient
    from docker.errors import ImageNotFound

    client = DockerClient.from_env(timeout=10)
    try:
        client.images.get(name)
    except ImageNotFound:
        return False
    finally:
        client.close()
    return True


def _images(*names: str) -> str | None:
    if (problem := _engine()) is not None:
        return problem
    missing = [name for name in names or IMAGES if not _image(name)]
    return f"needs test images (tests/images/build.sh): {', '.join(missing)}" if missing else None


def torchserve_command() -> str | None:
    """TorchServe without a container: $WIZARD_TORCHSERVE, tests/images/native-torchserve.sh's, or the PATH's."""
    own = ROOT / ".cache" / "torchserve" / "bin" / "torchserve"
    return find(os.environ.get("WIZARD_TORCHSERVE", ""), str(own), "torchserve")


def llama_server_command(build: str) -> str | None:
    """One of the builds that tests/images/native-llama-server.sh makes."""
    return find(str(ROOT / ".cache" / "llama-server" / build / "llama-server"))


def _llama_server() -> str | None:
    missing = [build for build in LLAMA_SERVER_BUILDS if llama_server_command(build) is None]
    return f"needs llama-server (tests/images/native-llama-server.sh): {', '.join(missing)}" if missing else None


_java = _program("a Java runtime", "java")


def _jdk(*_: object) -> str | None:
    return _program("a Java compiler", "javac")() or _java()


def _torchserve() -> str | None:
    if torchserve_command() is None:
        return "needs torchserve (tests/images/native-torchserve.sh)"
    return _java()


@cache
def compose_commands() -> dict[int, tuple[str, ...]]:
    """The Compose programs here by major version: 1 is Debian 12's docker-compose, 2 and later the Go one."""
    found: dict[int, tuple[str, ...]] = {}
    own = ROOT / ".cache" / "bin" / "docker-compose"
    for command in (("docker", "compose"), (str(own),), ("docker-compose",), ("/usr/bin/docker-compose",)):
        if find(command[0]) is None:
            continue
        answer = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, timeout=60)
        major = answer.stdout.strip().removeprefix("v").split(".")[0]
        if answer.returncode == 0 and major.isdigit():
            found.setdefault(int(major), command)
    return found


def _compose() -> str | None:
    return None if compose_commands() else "needs Docker Compose: neither docker compose nor docker-compose is here"


def _real_tfserving() -> str | None:
    if os.environ.get("WIZARD_REAL_TFSERVING") == "1":
        return None
    return "opt-in: set WIZARD_REAL_TFSERVING=1 where the real tensorflow/serving image can be pulled"


@cache
def namespace_command() -> tuple[str, ...]:
    """The words that start a program in a network namespace of its own; empty where that is not possible."""
    if find("ip") is None:
        return ()
    for words in (("unshare", "--net"), ("unshare", "--map-root-user", "--net")):
        try:
            if subprocess.run([*words, "true"], capture_output=True, check=False, timeout=30).returncode == 0:
                return words
        except OSError:
            return ()
    return ()


def _namespace(*_: object) -> str | None:
    return None if namespace_command() else "needs network namespaces: unshare and ip, and the right to use them"


@cache
def _systemd(*_: object) -> str | None:
    """Root may make namespaces; systemd is their first process there (tests/support/systemd.py)."""
    from tests.support import systemd

    if os.getuid() or not Path(systemd.SYSTEMD).exists() or not namespace_command():
        return "needs root, systemd (not running) and unshare"
    with TemporaryDirectory() as folder:
        try:
            said = systemd.printed({"one": "[Service]\nExecStart=/bin/echo here"}, Path(folder))["one"]
        except (OSError, subprocess.SubprocessError) as problem:
            said = str(problem)
    # Some machines let nobody mount or make control groups, and that cannot be installed.
    return None if said == "here\n" else f"systemd does not start in namespaces of its own here: {said}"


@cache
def _podman(*_: object) -> str | None:
    if os.environ.get("WIZARD_PODMAN") != "1":
        return "opt-in: set WIZARD_PODMAN=1 where root's Podman has the images (tests/images/podman.sh)"
    if os.getuid() or find("podman") is None:
        return "needs root and Podman"
    for name in (LLAMA_SERVER_IMAGE, f"docker.io/library/{NGINX_IMAGE}"):
        if subprocess.run(["podman", "image", "exists", name], capture_output=True, timeout=60).returncode:
            return f"needs test images in Podman (tests/images/podman.sh): {name}"
    return None


# Marker -> what it means, and the check: None when the part is here, else the reason to skip.
CHECKS: dict[str, tuple[str, Callable[..., str | None]]] = {
    "docker": ("needs a Docker engine and the test images", _images),
    "images(*names)": ("needs a Docker engine and these test images", _images),
    "java": ("needs a Java runtime", _java),
    "jdk": ("needs a Java compiler and runtime", _jdk),
    "torchserve": ("needs TorchServe installed outside a container, and a Java runtime", _torchserve),
    "llama_server": ("needs two builds of llama-server outside a container", _llama_server),
    "nginx": ("needs nginx", _program("nginx", "nginx")),
    "chromium": ("needs Chromium", _program("Chromium", "chromium", "chromium-browser", "google-chrome")),
    "tmux": ("needs tmux", _program("tmux", "tmux")),
    "compose": ("needs Docker Compose", _compose),
    "namespace": ("needs a network namespace of its own", _namespace),
    "systemd": ("needs systemd in namespaces of its own", _systemd),
    "supervisor": ("needs supervisor", _program("supervisor", "supervisord")),
    "podman": ("opt-in, needs root's Podman with the small test images", _podman),
    "real_tfserving": ("opt-in, needs the real tensorflow/serving image from a registry", _real_tfserving),
}


def require(marker: str, *args: str) -> None:
    """Skip the running test when the part behind a marker is missing; for fixtures that start that part."""
    for name, (_, check) in CHECKS.items():
        if name.partition("(")[0] == marker:
            if (problem := check(*args)) is not None:
                pytest.skip(problem)
            return
    raise KeyError(marker)
