"""A trial without Docker: the written run.sh is run as it is, in a process group of its own.

Where a server's program is not here and it has an emulator, that stands in, and the report says so.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from wizard import servers
from wizard.errors import ExitCode, WizardError
from wizard.machine import tokens
from wizard.machine.project import Project
from wizard.servers.contract import Emulator
from wizard.trial import before_start, logs, owners, readiness
from wizard.trial.probes import FromContainer
from wizard.trial.runner import Cancel, Event, LogLine, Options, StageEvent, sample_bodies, secrets_removed

_LOG = "run/trial.log"
"""A file, not a pipe: a kept server goes on writing when nobody reads any more."""


def start(project: Project, options: Options, folder: Path, emit: Callable[[Event], None]) -> NativeTrial:
    """Start run.sh. Raises WizardError (exit code 3) when a program it needs is not here."""
    emulated = _programs_missing(project, folder)
    before_start.ports(project.deployment)
    trial = NativeTrial(project, options, folder, emit, emulated)
    try:
        trial.up()
    except BaseException:
        trial.stop()
        raise
    return trial


def _programs_missing(project: Project, folder: Path) -> bool:
    """Check the programs run.sh calls; True when the emulator was put in the server's place."""
    emulated = False
    for process in project.deployment.processes:
        needed = [process.command[0], *(["nginx", "unshare", "ip"] if process.isolated else [])]
        for program in needed:
            if shutil.which(program):
                continue
            stand_in = servers.adapter(project.deployment.plan.server).emulator
            if stand_in is not None and program == stand_in.program:
                put_stand_in(folder, stand_in)
                emulated = True
                continue
            raise WizardError(
                f"{program} is not installed",
                "run.sh needs it",
                'Install it, or run in Docker: run.how = "docker".',
                ExitCode.ENVIRONMENT,
            )
    return emulated


def put_stand_in(folder: Path, stand_in: Emulator) -> None:
    """A program of the server's name that starts the emulator."""
    place = folder / "run" / "bin" / stand_in.program
    place.parent.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).parents[2]
    place.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m {stand_in.module} "$@"\n')
    place.chmod(0o755)


class NativeTrial:
    """A running run.sh; see trial.Running for what its methods promise."""

    image = ""

    def __init__(
        self, project: Project, options: Options, folder: Path, emit: Callable[[Event], None], emulated: bool
    ) -> None:
        self.deployment = project.deployment
        self.samples: Mapping[str, str] = sample_bodies(project)
        self.options = options
        self.folder = folder
        self.emit = emit
        self.emulated = emulated
        self.trial_id = secrets.token_hex(4)
        self.process: subprocess.Popen[bytes] | None = None
        self.known_tokens: dict[str, str] = {}
        self._own_keys: dict[str, str] = {}
        self._begun = ""
        self._log: list[str] = []
        self._over = threading.Event()

    def up(self) -> None:
        """Start the script in a process group of its own, which goes on record at once."""
        label = f" (emulation of {self.deployment.title}, not the real server)" if self.emulated else ""
        self.emit(StageEvent("start", f"running run.sh{label}"))
        environment = {**os.environ, "PATH": f"{self.folder / 'run' / 'bin'}:{os.environ.get('PATH', '')}"}
        log = self.folder / _LOG
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            self.process = subprocess.Popen(
                ["sh", str(self.folder / "run.sh")],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._begun = owners.started(self.process.pid)
        owners.record(self.folder, self.options.deadline, self.options.keep, self.process.pid)
        threading.Thread(target=self._copy_log, daemon=True).start()
        self.emit(StageEvent("start", "started", 1.0))

    def wait_ready(self, timeout: float, cancel: Cancel) -> float:
        """See trial.Running."""
        return readiness.wait(self, timeout, cancel)

    def state(self) -> tuple[str, int]:
        """Whether the script still runs, and its exit code."""
        code = self.process.poll() if self.process else 0
        return ("running", 0) if code is None else ("exited", code)

    def straight(self) -> tuple[str, int, bool]:
        """Where the inference API of the server process answers, past any gateway that can be passed."""
        endpoint = self.deployment.endpoint("inference")
        if endpoint is None:
            return "127.0.0.1", 0, False
        closed = self.deployment.presented or any(p.isolated for p in self.deployment.processes)
        if endpoint.served_by == "gateway" and not closed:
            return "127.0.0.1", endpoint.backend_port, False
        return endpoint.near_address, endpoint.host_port, endpoint.served_by == "gateway"

    def front(self) -> tuple[str, int, bool] | None:
        """See readiness.Started."""
        endpoint = self.deployment.front
        return (endpoint.near_address, endpoint.host_port, endpoint.tls) if endpoint else None

    def tokens(self) -> dict[str, str]:
        """See trial.Running."""
        if not self._own_keys:
            self._own_keys = self._server_tokens()
        self.known_tokens = {**self._own_keys, **tokens.read(self.deployment, self.folder)}
        return self.known_tokens

    def from_container(self) -> FromContainer | None:
        """See trial.Running: there are no containers."""
        return None

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        """See trial.Running."""
        noise = servers.adapter(self.deployment.plan.server).log_noise
        return logs.tail(self._log, lines, noise)

    def stop(self) -> None:
        """End the whole process group, first politely."""
        if self.process is None:
            return
        # Nobody may collect the exit status of run.sh before the group is empty: its number would be free again.
        owners.end_group(self.process.pid, self._begun)
        self.process.wait()
        self._over.set()
        self.process = None

    def _copy_log(self) -> None:
        for raw in self._lines():
            line = secrets_removed(raw.decode("utf-8", errors="replace").rstrip(), self.known_tokens)
            self._log = [*self._log, line][-logs.KEPT :]
            self.emit(LogLine(line))

    def _lines(self) -> Iterator[bytes]:
        """The lines of the log as they come, until the trial is over."""
        rest = b""
        with (self.folder / _LOG).open("rb") as stream:
            while True:
                over = self._over.is_set()
                *whole, rest = (rest + stream.read()).split(b"\n")
                yield from whole
                if over:
                    return
                time.sleep(0.05)

    def _server_tokens(self) -> dict[str, str]:
        adapter = servers.adapter(self.deployment.plan.server)
        path = adapter.token_file(self.deployment)
        if path is None or not self.deployment.server_token:
            return {}
        try:
            text = (self.folder / path).read_text("utf-8")
        except (OSError, ValueError):
            return {}  # not written yet
        return adapter.own_tokens(self.deployment, text)
