from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support import requires
from tests.support.ports import own_ports
from tests.support.waiting import PATIENCE, until
from wizard.machine import project
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial import backend, report, runner
from wizard.trial.browser_check import Check, PageVerdict

SAMPLES = {"llama-server": "alphabet", "torchserve": "echo", "tensorflow-serving": "half_plus_two"}


NAME = "app.example"
"""The name of pages that leads to this machine."""


class Browser:
    """One Chromium for all tests of a module: each opens a tab, and closes it again."""

    def __init__(self, port: int) -> None:
        self._devtools = f"http://127.0.0.1:{port}/json"

    @contextmanager
    def showing(self, url: str) -> Iterator[None]:
        """A tab with this page."""
        tab = json.loads(self._ask(f"new?{url}", "PUT"))["id"]
        try:
            yield
        finally:
            self._ask(f"close/{tab}", "GET")

    def _ask(self, what: str, method: str) -> bytes:
        request = urllib.request.Request(f"{self._devtools}/{what}", method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return bytes(answer.read())


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """A Chromium to which NAME is this machine, and which accepts self-signed certificates."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
        command += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        command += ["--ignore-certificate-errors", f"--user-data-dir={profile}", "--remote-debugging-port=0"]
        command += [f"--host-resolver-rules=MAP {NAME} 127.0.0.1"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ready = Path(profile, "DevToolsActivePort")
            until(lambda: ready.is_file() and "\n" in ready.read_text(), "Chromium says where it listens")
            yield Browser(int(ready.read_text().splitlines()[0]))
        finally:
            process.terminate()
            process.wait(20)


See = Callable[..., tuple[report.Report, tuple[PageVerdict, ...], Check]]


@pytest.fixture
def see(
    browser: Browser,
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
            place = running.gateway_address()
            assert (place is not None) == made.deployment.has_gateway
            if place:
                socket.create_connection(place[:2], 5).close()
            samples = made.samples
            with Check(made.deployment, running.tokens(), samples, names) as check:
                checks.append(check)
                with browser.showing(check.url):
                    assert check.wait(4 * PATIENCE), "Chromium did not report every page"

        report = runner.run(made, backend.Options(), lambda event: None, visit=visit)
        assert checks, (report.problem, report.log_tail)
        return report, checks[0].verdicts, checks[0]

    return run
