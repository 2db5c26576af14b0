"""A trial without Docker: the written run.sh is run as it is, in a process group of its own.

Where TensorFlow Serving is asked for and its binary is not here, the emulator stands in, and the report says so.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wizard import servers
from wizard.errors import ExitCode, WizardError
from wizard.services import readiness, tokens
from wizard.services.probes import FromContainer
from wizard.services.project import Project
from wizard.services.trial import Event, LogLine, Options, StageEvent, sample_bodies, secrets_removed

_LOG_LINES = 400
_STOP_S = 10.0


def start(project: Project, options: Options, folder: Path, emit: Callable[[Event], None]) -> NativeTrial:
    """Start run.sh. Raises WizardError (exit code 3) when a program it needs is not here."""
    emulated = _programs_missing(project, folder)
    trial = NativeTrial(project, folder, emit, emulated)
    trial.up()
    return trial


def _programs_missing(project: Project, folder: Path) -> bool:
    """Check the programs run.sh calls; True when the emulator was put in the server's place."""
    emulated = False
    for process in project.deployment.processes:
        needed = [process.command[0], *(["nginx", "unshare", "ip"] if process.isolated else [])]
        for program in needed:
            if shutil.which(program):
                continue
            if program == "tensorflow_model_server":
                _emulator(folder)
                emulated = True
                continue
            raise WizardError(
                f"{program} is not installed",
                "run.sh needs it",
                'Install it, or run in Docker: run.how = "docker".',
                ExitCode.ENVIRONMENT,
            )
    return emulated


def _emulator(folder: Path) -> None:
    """A program of the server's name that starts the emulator."""
    place = folder / "run" / "bin" / "tensorflow_model_server"
    place.parent.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).parents[2]
    place.write_text(f'#!/bin/sh\nPYTHONPATH="{root}" exec "{sys.executable}" -m wizard.services.emulator "$@"\n')
    place.chmod(0o755)


class NativeTrial:
    """A running run.sh; see trial.Running for what its methods promise."""

    image = ""

    def __init__(self, project: Project, folder: Path, emit: Callable[[Event], None], emulated: bool) -> None:
        self.deployment = project.deployment
        self.samples: Mapping[str, str] = sample_bodies(project)
        self.folder = folder
        self.emit = emit
        self.emulated = emulated
        self.trial_id = secrets.token_hex(4)
        self.process: subprocess.Popen[bytes] | None = None
        self.known_tokens: dict[str, str] = {}
        self._log: list[str] = []

    def up(self) -> None:
        """Start the script with its output read line by line."""
        label = " (emulation of TensorFlow Serving, not the real server)" if self.emulated else ""
        self.emit(StageEvent("start", f"running run.sh{label}"))
        environment = {**os.environ, "PATH": f"{self.folder / 'run' / 'bin'}:{os.environ.get('PATH', '')}"}
        self.process = subprocess.Popen(
            ["sh", str(self.folder / "run.sh")],
            cwd=self.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        threading.Thread(target=self._copy_log, daemon=True).start()
        self.emit(StageEvent("start", "started", 1.0))

    def wait_ready(self, timeout: float, cancelled: Callable[[], bool]) -> float:
        """See trial.Running."""
        return readiness.wait(self, timeout, cancelled)

    def state(self) -> tuple[str, int]:
        """Whether the script still runs, and its exit code."""
        code = self.process.poll() if self.process else 0
        return ("running", 0) if code is None else ("exited", code)

    def straight(self) -> tuple[str, int, bool]:
        """Where the inference API of the server process answers, past any gateway that can be passed."""
        endpoint = self.deployment.endpoint("inference")
        if endpoint is None:
            return "127.0.0.1", 0, False
        isolated = any(p.isolated for p in self.deployment.processes)
        if endpoint.served_by == "gateway" and not isolated:
            return "127.0.0.1", endpoint.backend_port, False
        address = endpoint.host_addresses[0] if endpoint.published else ""
        return address or "127.0.0.1", endpoint.host_port, endpoint.served_by == "gateway"

    def tokens(self) -> dict[str, str]:
        """See trial.Running."""
        if not self.known_tokens:
            self.known_tokens = {**tokens.read(self.deployment, self.folder), **self._server_tokens()}
        return self.known_tokens

    def from_container(self) -> FromContainer | None:
        """See trial.Running: there are no containers."""
        return None

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        """See trial.Running."""
        return tuple(self._log[-lines:])

    def stop(self) -> None:
        """End the whole process group, first politely."""
        if self.process is None:
            return
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                break
            if self._gone(_STOP_S if number == signal.SIGTERM else 2.0):
                break
        self.process.wait()

    def _gone(self, seconds: float) -> bool:
        """Wait until no process of the group is left."""
        assert self.process is not None  # noqa: S101 - only called while it runs
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.process.poll()
            try:
                os.killpg(self.process.pid, 0)
            except ProcessLookupError:
                return True
            time.sleep(0.05)
        return False

    def _copy_log(self) -> None:
        assert self.process is not None and self.process.stdout is not None  # noqa: S101
        for raw in self.process.stdout:
            line = secrets_removed(raw.decode("utf-8", errors="replace").rstrip(), self.deployment, self.known_tokens)
            self._log = [*self._log, line][-_LOG_LINES:]
            self.emit(LogLine(line))

    def _server_tokens(self) -> dict[str, str]:
        path = servers.adapter(self.deployment.plan.server).token_file(self.deployment)
        if path is None or not self.deployment.server_token:
            return {}
        keys: dict[str, Any] = json.loads((self.folder / path).read_text())
        return {
            e.api: str(keys["management" if e.api in ("management", "grpc_management") else "inference"]["key"])
            for e in self.deployment.endpoints
            if e.auth == "server-token"
        }
