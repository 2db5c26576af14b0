from __future__ import annotations

import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import requires
from tests.support.ports import own_ports
from wizard.machine import project
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial import backend, report, runner
from wizard.trial.browser_check import Check, PageVerdict

SAMPLES = {"llama-server": "alphabet", "torchserve": "echo", "tensorflow-serving": "half_plus_two"}


@contextmanager
def browsing(chromium: str, url: str, *names: str) -> Iterator[None]:
    """Chromium showing a page; these host names lead to this machine, and self-signed certificates are accepted."""
    rules = ",".join(f"MAP {name} 127.0.0.1" for name in names)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        command += ["--ignore-certificate-errors", f"--user-data-dir={profile}", "--remote-debugging-port=0"]
        command += [f"--host-resolver-rules={rules}"] if rules else []
        process = subprocess.Popen([*command, url], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            yield
        finally:
            process.terminate()
            process.wait(20)


See = Callable[..., tuple[report.Report, tuple[PageVerdict, ...], Check]]


@pytest.fixture
def see(
    chromium: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> See:
    """Run a trial and let Chromium try it from pages of every origin: report, verdicts and what was shown."""

    def run(
        server: str, names: tuple[str, ...] = (), **parts: Any
    ) -> tuple[report.Report, tuple[PageVerdict, ...], Check]:
        bind = {"inference": {"scope": "loopback"}, **parts.pop("bind", {})}
        if server == "torchserve" and parts.get("run") == {"how": "native"}:
            found = Path(request.getfixturevalue("torchserve")).parent
            monkeypatch.setenv("PATH", f"{found}:{os.environ['PATH']}")
        if server == "llama-server" and parts.get("run") == {"how": "native"}:
            requires.require("llama_server")
            command = requires.llama_server_command(requires.LLAMA_SERVER_BUILDS[0])
            assert command is not None
            monkeypatch.setenv("PATH", f"{Path(command).parent}:{os.environ['PATH']}")
            parts["version"] = requires.LLAMA_SERVER_BUILDS[0]
        model = {"name": SAMPLES[server], "path": str(sample_path(server))}
        plan = own_ports(Plan.model_validate({"server": server, "models": [model], "bind": bind, **parts}))
        made = project.prepare(plan, tmp_path, tmp_path)
        checks: list[Check] = []

        def visit(running: backend.RunningTrial) -> None:
            place = running.gateway_address()  # type: ignore[attr-defined]  # every backend has it
            assert (place is not None) == made.deployment.has_gateway
            if place:
                socket.create_connection(place[:2], 5).close()
            samples = backend.sample_bodies(made)
            with Check(made.deployment, running.tokens(), samples, names) as check:
                checks.append(check)
                with browsing(chromium, check.url, *names):
                    assert check.wait(90), "Chromium did not report every page"

        report = runner.run(made, backend.Options(), lambda event: None, visit=visit)
        assert checks, (report.problem, report.log_tail)
        return report, checks[0].verdicts, checks[0]

    return run
