"""A trial without Docker: the written run.sh is run unchanged, in its own process group.

If a server's program is missing and it has an emulator, the emulator is used, and the report says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from wizard import registry
from wizard.deployment import Deployment
from wizard.errors import ExitCode, WizardError
from wizard.machine import door, programs, texts, tokens
from wizard.machine.project import Project
from wizard.servers.contract import Emulator
from wizard.trial import backend, before_start, logs, marks, processes, readiness, records
from wizard.trial.backend import Cancel, Options, RunningTrial
from wizard.trial.events import Emit, LogLine, StageEvent
from wizard.trial.probes import FromContainer
from wizard.trial.valid_tokens import ValidTokens

_LOG_EVERY_S = 0.05
_PIECE = 64 << 10
"""Bytes of the log that are read at once."""
_BEHIND_THE_GATE = 'read -r go && exec sh "$0" </dev/null'
"""The script starts once it is recorded; if that fails, the gate closes, and it never starts."""


def _programs_missing(deployment: Deployment, folder: Path) -> bool:
    """Check the programs run.sh calls; True if the emulator was put in the server's place."""
    emulated = False
    for process in deployment.processes:
        needed = [process.command[0], *(["nginx", "unshare", "ip"] if process.isolated else [])]
        for program in needed:
            if programs.where(program):
                continue
            stand_in = registry.adapter(deployment.plan.server).emulator
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
    """A program with the server's name that starts the emulator."""
    place = folder / "run" / "bin" / stand_in.program
    root = Path(__file__).parents[2]
    text = f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m {stand_in.module} "$@"\n'
    door.write_file(place, text, 0o755)


@contextmanager
def _gate() -> Iterator[tuple[int, int]]:
    """A pipe: a process waits at one end, and the other lets it start."""
    behind, go = os.pipe()
    try:
        yield behind, go
    finally:
        os.close(behind)
        os.close(go)


class NativeTrial(RunningTrial):
    """A running run.sh."""

    image = ""

    def __init__(self, project: Project, options: Options, mark: marks.Mark, emit: Emit) -> None:
        self.deployment = project.deployment
        self.samples: Mapping[str, str] = project.samples
        self.options = options
        self.mark = mark
        self.folder = mark.folder
        self.emit = emit
        self.emulated = False
        self.process: subprocess.Popen[bytes] | None = None
        self._tokens = ValidTokens(self.deployment, self.folder, self._text_of)
        self._group = processes.Group()
        self._log: deque[str] = deque(maxlen=logs.KEPT)
        self._over = threading.Event()
        self._copying = threading.Thread(target=self._copy_log, daemon=True)

    def up(self, cancel: Cancel) -> None:
        """Raises WizardError (exit code 3) if a program that run.sh needs is missing."""
        with backend.disk(self.folder):
            self.emulated = _programs_missing(self.deployment, self.folder)
        before_start.ports(self.deployment)
        label = f" (emulation of {self.deployment.title}, not the real server)" if self.emulated else ""
        self.emit(StageEvent("start", f"running run.sh{label}"))
        mark = replace(self.mark, until=time.time() + self.options.deadline, kept=self.options.keep)
        with _gate() as (behind, go):
            self.process = self._popen(behind)
            self._group = processes.Group(self.process.pid, marks.started(self.process.pid))
            records.write(mark, group=self._group)
            cancel.check()
            os.write(go, b"go\n")
        self._copying.start()
        self.emit(StageEvent("start", "started", 1.0))

    def _popen(self, gate: int) -> subprocess.Popen[bytes]:
        """A shell in its own session that runs the script when the gate opens, and never otherwise."""
        path = f"{self.folder / 'run' / 'bin'}:{os.environ.get('PATH', '')}"
        log = self.folder / logs.FILE
        with backend.disk(self.folder), door.opened(log.parent, make=True) as folder, folder.sink(log.name) as output:
            return subprocess.Popen(
                ["sh", "-c", _BEHIND_THE_GATE, str(self.folder / "run.sh")],
                cwd=self.folder,
                env={**os.environ, "PATH": path, **self.mark.environment()},
                stdin=gate,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def state(self) -> tuple[str, int]:
        """Whether the script still runs, and its exit code; if it has ended, its log is complete."""
        if self.process is None:
            return "exited", 0
        code = self.process.poll()
        if code is None:
            return "running", 0
        self._over.set()
        self._copying.join(logs.LAST_LINES_S)
        return "exited", code

    def server_address(self) -> readiness.Address:
        """Where the server process's inference API answers, bypassing the gateway if possible."""
        endpoint = self.deployment.endpoint("inference")
        if (socket := readiness.by_socket(self.deployment)) is not None:
            return socket
        if endpoint is None:
            return readiness.Address("127.0.0.1", 0)
        closed = self.deployment.presented or any(p.isolated for p in self.deployment.processes)
        if endpoint.served_by == "gateway" and not closed:
            return readiness.Address("127.0.0.1", endpoint.backend_port)
        return readiness.Address(endpoint.near_address, endpoint.host_port, gateway=endpoint.served_by == "gateway")

    def gateway_address(self) -> readiness.Address | None:
        endpoint = self.deployment.front
        return readiness.Address(endpoint.near_address, endpoint.host_port, endpoint.tls) if endpoint else None

    def tokens(self) -> dict[str, str]:
        return self._tokens.read()

    def from_container(self) -> FromContainer | None:
        """There are no containers."""
        return None

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        noise = registry.adapter(self.deployment.plan.server).log_noise
        return logs.tail(tuple(self._log), lines, noise)

    def hindered(self) -> str:
        full = shutil.disk_usage(self.folder).free < _PIECE
        return (
            f"The disk of {self.folder.parent} is full: free some space, or set TMPDIR to another folder."
            if full
            else ""
        )

    def stop(self) -> None:
        """Every process, politely at first."""
        # Nobody may collect the exit status of run.sh before the group is empty: its number would be free again.
        gone = processes.end(self.mark.id, self._group)
        self._over.set()
        if not gone:
            raise WizardError("Processes of the trial could not be ended", exit_code=ExitCode.ENVIRONMENT)
        if self.process is not None:
            self.process.wait()
        self.process, self._group = None, processes.Group()

    def _copy_log(self) -> None:
        for raw in logs.lines(self._pieces()):
            line = logs.secrets_removed(raw.decode("utf-8", errors="replace").rstrip(), self._tokens.known)
            self._log.append(line)
            self.emit(LogLine(line))

    def _pieces(self) -> Iterator[bytes]:
        """The log as it is written, until the trial is over. If there is too much, only part of it is read."""
        path = self.folder / logs.FILE
        with path.open("rb", buffering=0) as stream:
            while True:
                over = self._over.is_set()
                while piece := stream.read(_PIECE):
                    yield piece
                    end = logs.shortened(path, stream)
                    if end is not None:
                        stream.seek(0)
                        yield end
                if over:
                    return
                self._over.wait(_LOG_EVERY_S)

    def _text_of(self, path: str) -> str:
        """A file that the server writes into the folder, "" while it is not there."""
        try:
            return texts.read_text(str(self.folder / path), tokens.TOKEN_LIMIT)
        except WizardError:
            return ""
