"""What a server's container said last, which often is the reason for its end, is there when its end is told."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

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


@pytest.mark.parametrize("status", ["exited", "dead"])
def test_the_log_is_whole_when_the_end_is_told(tmp_path: Path, status: str) -> None:
    model = {"name": "half", "path": str(sample_path("tensorflow-serving"))}
    plan = Plan.model_validate({"server": "tensorflow-serving", "models": [model]})
    made = project.prepare(plan, tmp_path, tmp_path)
    trial = DockerTrial(made, Options(), Mark("id", tmp_path, 0.0), lambda _: None)
    container = Ended(status)
    trial.containers["server"] = container
    trial._follow("server", container)
    assert trial.state() == (status, 3)
    assert trial.log_tail() == ("starting", "the reason")
