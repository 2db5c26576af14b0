"""What a server's container said last, which often is the reason for its end, is there when its end is told."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wizard.machine import project
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial.backend import Options
from wizard.trial.docker_backend import DockerTrial
from wizard.trial.marks import Mark


class Ended:
    """A container that has ended, whose engine hands out the end of its log a little later."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.attrs = {"State": {"ExitCode": 3}}
        self.asked = threading.Event()

    def reload(self) -> None:
        self.asked.set()

    def logs(self, **_: object) -> Iterator[bytes]:
        yield b"starting\n"
        self.asked.wait(60)
        time.sleep(0.3)
        yield b"the reason\n"


def made(folder: Path) -> DockerTrial:
    """A trial that has started nothing."""
    model = {"name": "half", "path": str(sample_path("tensorflow-serving"))}
    plan = Plan.model_validate({"server": "tensorflow-serving", "models": [model]})
    mark = Mark(f"last-lines-{os.getpid()}", folder, 0.0)
    return DockerTrial(project.prepare(plan, folder, folder), Options(), mark, lambda _: None)


@pytest.mark.parametrize("status", ["exited", "dead"])
def test_the_log_is_whole_when_the_end_is_told(tmp_path: Path, status: str) -> None:
    trial = made(tmp_path)
    container = Ended(status)
    trial.containers["server"] = container
    trial._follow("server", container)
    assert trial.state() == (status, 3)
    assert trial.log_tail() == ("starting", "the reason")


class Closed:
    """A log whose connection its thread has just closed, because the engine ended it."""

    def close(self) -> None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def test_a_log_that_ended_at_the_same_moment_keeps_nothing_from_being_removed(
    docker_client: Any, tmp_path: Path
) -> None:
    trial = made(tmp_path)
    trial.client = docker_client
    network = docker_client.networks.create(trial.mark.id, labels=trial.mark.labels())
    trial._streams.append(Closed())
    trial.stop()
    assert network.id not in {each.id for each in docker_client.networks.list()}
