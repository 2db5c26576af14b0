"""What a kept trial prints to paste, and the written call.sh, while the real server runs and after it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import private
from tests.support.ports import own_ports
from wizard.artifacts import calling
from wizard.machine import project
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial import backend, by_hand, events, request_console, runner
from wizard.trial.probes import ProbeResult

KEYS = {"auth": {"inference": "server-token", "management": "server-token"}}
TOKEN = {"auth": {"inference": "server-token"}}
OWN = {"certificate": "one's own"}
GATED = {"auth": {"inference": "gateway-token", "management": "none"}, "tls": {"mode": "self-signed"}}
TORCHSERVE = pytest.mark.images("pytorch/torchserve:0.12.0-cpu", "nginx:1.28-alpine")
LLAMA = pytest.mark.images("ghcr.io/ggml-org/llama.cpp:server-b11669")


@pytest.mark.parametrize(
    ("server", "parts", "answer"),
    [
        pytest.param("torchserve", KEYS, "hello", id="torchserve, its own keys", marks=TORCHSERVE),
        pytest.param("torchserve", GATED, "hello", id="torchserve, gateway and TLS", marks=TORCHSERVE),
        pytest.param("torchserve", {**KEYS, "tls": OWN}, "hello", id="torchserve, own certificate", marks=TORCHSERVE),
        pytest.param("tensorflow-serving", {}, "predictions", marks=pytest.mark.images("tensorflow/serving:2.19.1")),
        pytest.param("llama-server", {**TOKEN, "tls": OWN}, "choices", id="llama-server, own certificate", marks=LLAMA),
        pytest.param("llama-server", TOKEN, "choices", marks=LLAMA),
    ],
)
def test_the_request_works_as_pasted(server: str, parts: dict[str, Any], answer: str, tmp_path: Path) -> None:
    model = sample_path(server)
    name = f"by-hand-{os.getpid()}"  # no other test has containers of that name
    if parts.get("tls") == OWN:
        certificate, key = private.pair(tmp_path)
        parts = {**parts, "tls": {"certificate": str(certificate), "key": str(key)}}
    plan = Plan.model_validate({"server": server, "models": [{"name": name, "path": str(model)}], **parts})
    made = project.prepare(own_ports(plan), tmp_path, tmp_path / "out")
    project.write(made, "fail")
    sent: list[subprocess.CompletedProcess[str]] = []
    results: list[ProbeResult] = []

    def note(event: events.Event) -> None:
        results.extend([event.result] if isinstance(event, events.ProbeDone) else [])

    def paste(running: backend.RunningTrial) -> None:
        words = by_hand.request(made, running.mark)
        for token in running.tokens().values():
            assert token not in words
        probe = request_console.sample(results)
        assert probe is not None
        token = running.tokens().get(probe.api, "")
        request = request_console.begin(probe, token, made.deployment, running.mark.folder)
        curl, python = request_console.as_curl(request), request_console.as_python(request)
        assert " -k " not in curl and "unverified" not in python
        pasted = (["sh", "-c", words], ["sh", "-c", curl], [sys.executable, "-c", python])
        for command in (*pasted, [str(made.target / "call.sh")]):
            sent.append(subprocess.run(command, cwd="/", capture_output=True, text=True, timeout=60))

    report = runner.run(made, backend.Options(), note, visit=paste)
    assert report.started, report.problem
    for done in sent:
        assert answer in done.stdout, done.stderr
    began = time.monotonic()
    gone = subprocess.run([str(made.target / "call.sh")], capture_output=True, text=True, timeout=60)
    assert gone.returncode == 1 and "not running" in gone.stderr and time.monotonic() - began < calling.WAIT_S / 2
