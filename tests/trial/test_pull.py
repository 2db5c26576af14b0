"""Pulling from a real registry on loopback: progress, an unknown tag, and giving up in the middle."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from docker.errors import ImageNotFound

from tests.support.waiting import until
from wizard.errors import ExitCode, WizardError
from wizard.trial import docker_image
from wizard.trial.backend import Cancel
from wizard.trial.events import Event, StageEvent

BASE = "serving-wizard-test/base:latest"
pytestmark = pytest.mark.images(BASE)


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[str]:
    """The address of a registry of the test's own, from Debian's package without installing it."""
    folder = tmp_path_factory.mktemp("registry")
    program = shutil.which("docker-registry")
    if program is None:
        fetched = subprocess.run(["apt-get", "download", "-qq", "docker-registry"], cwd=folder, capture_output=True)
        packages = list(folder.glob("*.deb"))
        if fetched.returncode or not packages:
            pytest.skip("needs docker-registry (apt)")
        subprocess.run(["dpkg", "-x", str(packages[0]), str(folder / "x")], check=True)
        program = str(folder / "x/usr/bin/docker-registry")
    address = f"127.0.0.1:{free_port()}"
    (folder / "config.yml").write_text(
        f"version: 0.1\nlog: {{level: error}}\nstorage:\n  filesystem: {{rootdirectory: {folder}/data}}\n"
        f"http: {{addr: '{address}'}}\n"
    )
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(folder / "config.yml")], stdout=log, stderr=log)
    try:

        def up() -> bool:
            try:
                return bool(urllib.request.urlopen(f"http://{address}/v2/", timeout=1).status == 200)
            except OSError:
                return False

        until(up, "the registry", while_true=lambda: process.poll() is None)
        yield address
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def in_registry(registry: str, docker_client: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """An image in the registry, of 24 MiB that cannot be compressed, and not here."""
    name, folder = f"{registry}/trial", tmp_path_factory.mktemp("pushed")
    (folder / "Dockerfile").write_text(f"FROM {BASE}\nCOPY blob /blob\n")
    (folder / "blob").write_bytes(os.urandom(24 * 2**20))
    docker_client.images.build(path=str(folder), tag=f"{name}:1", rm=True)
    said = docker_client.images.push(name, tag="1")
    assert "error" not in said, said
    docker_client.images.remove(f"{name}:1", force=True)
    return f"{name}:1"


@pytest.fixture
def pushed(in_registry: str, docker_client: Any) -> Iterator[str]:
    """The same; what a test pulled is gone again."""
    yield in_registry
    with suppress(ImageNotFound):
        docker_client.images.remove(in_registry, force=True)


def test_progress_grows_until_the_image_is_here(pushed: str, docker_client: Any) -> None:
    events: list[Event] = []
    docker_image.ensure(docker_client, pushed, events.append, Cancel())
    assert docker_client.images.get(pushed)
    shown = [e.progress for e in events if isinstance(e, StageEvent) and e.progress is not None]
    between = [p for p in shown if 0 < p < 1]
    assert shown[0] == 0 and shown[-1] == 1 and between
    assert any("MiB" in e.text for e in events if isinstance(e, StageEvent))


def test_a_tag_that_is_not_there(pushed: str, docker_client: Any) -> None:
    with pytest.raises(WizardError, match="not to be had under that name") as caught:
        docker_image.ensure(docker_client, pushed[:-1] + "2", lambda _: None, Cancel())
    assert caught.value.exit_code == ExitCode.ENVIRONMENT


def test_giving_up_in_the_middle_ends_the_pull(pushed: str, docker_client: Any) -> None:
    cancel = Cancel()

    def stop(event: Event) -> None:
        if isinstance(event, StageEvent) and "MiB" in event.text:
            cancel.event.set()

    with pytest.raises(WizardError) as caught:
        docker_image.ensure(docker_client, pushed, stop, cancel)
    assert caught.value.exit_code == ExitCode.INTERRUPTED
    end = time.monotonic() + 2
    # That nothing comes any more can only be waited for: a pull that went on would be done long before.
    while time.monotonic() < end:
        with pytest.raises(ImageNotFound):
            docker_client.images.get(pushed)
        time.sleep(0.2)


def test_a_registry_that_stalls_does_not_hang_the_trial(docker_client: Any, free_port: Callable[[], int]) -> None:
    import socket

    with socket.create_server(("127.0.0.1", free_port())) as silent:
        cancel = Cancel()
        timer = threading.Timer(1.0, cancel.event.set)
        timer.start()
        name = f"127.0.0.1:{silent.getsockname()[1]}/stalled:1"
        with pytest.raises(WizardError) as caught:
            docker_image.ensure(docker_client, name, lambda _: None, cancel)
        assert caught.value.exit_code == ExitCode.INTERRUPTED
