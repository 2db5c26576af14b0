from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import own_ports
from tests.support.processes import popen
from wizard.cli import main
from wizard.plan import answers
from wizard.servers.sample import sample_path

SAMPLES = {"torchserve": "echo", "tensorflow-serving": "half_plus_two"}
Result = tuple[int, dict[str, Any], str]
Try = Callable[..., Result]


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a trial writes down for later lies in a folder of the test's own."""
    state = tmp_path / "state"
    monkeypatch.setenv("XDG_STATE_HOME", str(state))
    return state / "serving-wizard" / "trials"


def answers_file(folder: Path, server: str, tables: str = "", model: str | Path = "") -> Path:
    """An answers file with a model, by default the bundled sample, and a free port for every API."""
    name = SAMPLES[server]
    text = f"schema = 1\nserver = {json.dumps(server)}\n[[models]]\nname = {json.dumps(name)}\n"
    text += f"path = {json.dumps(str(model or sample_path(server)))}\n{tables}"
    path = folder / "answers.toml"
    path.write_text(answers.dump(own_ports(answers.load(text))))
    return path


def try_arguments(path: Path) -> list[str]:
    """The arguments of `try` for a report that a program reads."""
    return ["try", str(path), "--format", "json"]


@pytest.fixture
def try_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Try:
    """Run `serving-wizard try`: exit code, report and what it said."""

    def run(server: str, tables: str = "", *more: str, model: str | Path = "") -> Result:
        path = answers_file(tmp_path, server, tables, model)
        capsys.readouterr()
        code = main.main([*try_arguments(path), *more])
        written, said = capsys.readouterr()
        return code, json.loads(written) if written.strip() else {}, said

    return run


Started = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Started]:
    """Start `serving-wizard try` as a process of its own, with its temporary folder in the test's folder."""
    running: list[subprocess.Popen[str]] = []
    (tmp_path / "temporary").mkdir()

    def start(
        server: str, tables: str = "", *more: str, ignoring: Sequence[signal.Signals] = ()
    ) -> subprocess.Popen[str]:
        path = answers_file(tmp_path, server, tables)
        command = [sys.executable, "-m", "wizard", *try_arguments(path), *more]
        environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
        pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        process = popen(command, ignoring=ignoring, env=environment, **pipes)
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


def down(tmp_path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """`serving-wizard down`, with the same temporary folder as `started`."""
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    command = [sys.executable, "-m", "wizard", "down", *more]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)


def assert_agrees(result: Result) -> dict[str, Any]:
    """Every probe agrees with its prediction, and there were probes."""
    code, report, said = result
    differing = [p for p in report.get("probes", []) if not p["agrees"]]
    assert code == 0, (said, differing, report.get("log_tail"))
    assert report["started"] and not differing
    assert report["summary"]["agree"] == len(report["probes"]) >= 5
    return report
