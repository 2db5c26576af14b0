"""Every command that is printed for pasting sends the token, and shows it in no argument: every user can read those."""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wizard.host import Host, Interface
from wizard.machine import hostfacts, project
from wizard.plan import Plan
from wizard.prediction.values import Probe
from wizard.servers.sample import sample_path
from wizard.session.ending import ending
from wizard.trial import request_console

KEYS = {"inference": {"key": "made-by-the-server"}}
SERVERS, GATEWAYS = ({"inference": kind, "management": kind} for kind in ("server-token", "gateway-token"))
TRIAL, OWN = {"mode": "self-signed"}, {"mode": "files", "certificate": "/c/tls.crt", "key": "/c/tls.key"}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "the server's own": ("torchserve", {"auth": SERVERS}),
    "given to the server": ("llama-server", {"auth": {"inference": "server-token"}, "tls": TRIAL}),
    "the gateway's": ("tensorflow-serving", {"auth": GATEWAYS, "tls": TRIAL}),
    "own certificate": ("tensorflow-serving", {"auth": GATEWAYS, "tls": OWN, "gateway": {"names": ["ml.example"]}}),
    "no name": ("torchserve", {"auth": GATEWAYS, "tls": OWN}),
    "containers": ("torchserve", {"auth": SERVERS, "bind": {"inference": {"scope": "internal"}}}),
}
LAN = Host(interfaces=(*Host().interfaces, Interface("eth0", "10.0.0.5", 24, "private")))


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A folder of programs that stand in: curl notes its arguments and what comes in, docker prints a key file."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name, text in {
        "curl": f'printf "%s\\n" "$@" >>{tmp_path}/arguments; cat >>{tmp_path}/input',
        "docker": f"printf '%s\\n' '{json.dumps(KEYS)}'",
    }.items():
        (programs / name).write_text(f"#!/bin/sh\n{text}\n")
        (programs / name).chmod(0o755)
    return programs


def commands(made: project.Project) -> list[str]:
    """What EXPOSURE.md and the last page print for a shell."""
    page = (made.target / "EXPOSURE.md").read_text()
    blocks = [text for text in re.findall(r"```sh\n(.*?)\n```", page, re.S) if "curl" in text]
    assert blocks
    request = ending(made).request
    return [*blocks, *([request] if request else [])]


@pytest.mark.parametrize("scope", ["loopback", "all"])
@pytest.mark.parametrize("name", CASES)
def test_what_is_pasted_hands_the_token_through_a_pipe(
    name: str, scope: str, tmp_path: Path, shell: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hostfacts, "measure", lambda **_: LAN)
    server, parts = CASES[name]
    model = {"name": "m", "path": str(sample_path(server))}
    plan = Plan.model_validate({"server": server, "models": [model], "bind": {"inference": {"scope": scope}}, **parts})
    made = project.prepare(plan, tmp_path, tmp_path / "it's here")
    project.write(made, "fail")
    secrets = [path.read_text().splitlines()[-1] for path in made.target.glob("secrets/*") if path.suffix != ".crt"]
    for command in commands(made):
        for noted in ("arguments", "input"):
            (tmp_path / noted).unlink(missing_ok=True)
        environment = {**os.environ, "PATH": f"{shell}:{os.environ['PATH']}"}
        done = subprocess.run(["sh", "-c", command], cwd=made.target, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, (command, done.stderr)
        arguments, sent = ((tmp_path / noted).read_text() for noted in ("arguments", "input"))
        token = sent.removeprefix("Authorization: Bearer ").strip()
        assert token in {"TOKEN", "made-by-the-server", *secrets}, (command, sent)
        assert token not in arguments.splitlines() and "Bearer" not in arguments
        assert not {"-k", "--insecure"} & set(arguments.splitlines()), command


def test_a_request_by_hand_that_is_copied_does_so_too(tmp_path: Path, shell: Path) -> None:
    plan = Plan.model_validate({"server": "tensorflow-serving", "tls": TRIAL, "auth": GATEWAYS})
    made = project.prepare(plan, tmp_path, tmp_path / "files")
    probe = Probe("p", "loopback-v4", "127.0.0.1", 8501, "inference", "http", "200", token="right", tls=True)
    request = request_console.begin(probe, "it's secret", made.deployment, made.target)
    environment = {**os.environ, "PATH": f"{shell}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", request_console.as_curl(request)], env=environment, check=True)
    arguments, sent = ((tmp_path / noted).read_text() for noted in ("arguments", "input"))
    assert sent == "authorization: Bearer it's secret\n"
    assert "secret\n" not in arguments.replace(f"{made.target}/secrets", "") and "-k" not in arguments.split()
    assert f"{made.target}/secrets/tls.crt" in arguments
    assert "unverified" not in request_console.as_python(request)


@pytest.mark.parametrize("vouched", [True, False])
@pytest.mark.parametrize("name", ["", "models.example"])
def test_a_certificate_of_ones_own_is_verified_when_a_request_is_copied(
    vouched: bool, name: str, tmp_path: Path
) -> None:
    gateway = {"kind": "nginx", "names": [name] if name else []}
    parts = {"tls": {"certificate": "own.pem", "key": "own.key"}, "gateway": gateway}
    made = project.prepare(Plan.model_validate({"server": "torchserve", **parts}), tmp_path, tmp_path)
    probe = Probe("p", "loopback-v4", "127.0.0.1", 8080, "inference", "http", "200", tls=True)
    deployment = replace(made.deployment, unvouched=not vouched)
    request = request_console.begin(probe, "", deployment, tmp_path)
    curl, python = request_console.as_curl(request), request_console.as_python(request)
    assert "-k" not in curl.split()
    assert (f"--cacert {tmp_path}/own.pem" in curl) is not vouched
    assert (
        f"--connect-to ::127.0.0.1:8080 -X GET https://{name}:8080/"
        in curl.replace(f"--cacert {tmp_path}/own.pem ", "")
        if name
        else "https://127.0.0.1:8080/" in curl
    )
    assert ("unverified" in python) is bool(name)
    assert ("-SkipCertificateCheck" in request_console.as_powershell(request)) is not (vouched and not name)
