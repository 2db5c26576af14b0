"""Trials and run.sh with root's Podman, in a network namespace: no rules of another engine are in the way there."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.servers.llama_server.real import SAMPLE
from tests.support import requires
from tests.support.ports import own_ports
from wizard.plan import answers

pytestmark = [requires.needs_podman, requires.needs_namespace, pytest.mark.usefixtures("registered")]

# What a container may be given must not be more than this process may hand on.
CONTAINERS = """[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
"""
INSIDE = """
ip link set lo up
podman system service --time=0 "$1" >"$2" 2>&1 &
service=$!
trap 'kill $service; wait $service' EXIT
until curl -fsS --unix-socket "${1#unix://}" http://podman/_ping >/dev/null 2>&1; do
    kill -0 $service || { cat "$2"; exit 1; }
    sleep 0.1
done
export CONTAINER_HOST=$1
"""
CASES = {"alone": "", "behind a gateway": '[cors.inference]\norigins = ["https://a.example", "https://b.example"]\n'}


def inside(folder: Path, script: str) -> subprocess.CompletedProcess[str]:
    """Run a script where Podman's service answers at $CONTAINER_HOST."""
    (folder / "containers.conf").write_text(CONTAINERS)
    words = ["sh", "-euc", INSIDE + script, "sh", f"unix://{folder}/podman.sock", str(folder / "service.log")]
    environment = {**os.environ, "CONTAINERS_CONF": str(folder / "containers.conf")}
    command = [*requires.namespace_command(), *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=280, env=environment)


def answered(folder: Path, tables: str) -> Path:
    text = f'schema = 1\nserver = "llama-server"\n[run]\nengine = "podman"\n{tables}'
    text += f'[[models]]\nname = "alphabet"\npath = {json.dumps(str(SAMPLE))}\n'
    path = folder / "answers.toml"
    path.write_text(answers.dump(own_ports(answers.load(text))))
    return path


@pytest.mark.parametrize("tables", CASES.values(), ids=CASES)
def test_every_prediction_for_podman_comes_true(tmp_path: Path, tables: str) -> None:
    path = answered(tmp_path, tables)
    command = [sys.executable, "-m", "wizard", "try", str(path), "--format", "json"]
    done = inside(tmp_path, shlex.join(command))
    assert done.returncode == 0, (done.stdout[-3000:], done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    measured = {each["id"]: each["measured"] for each in report["probes"]}
    assert all(each["agrees"] for each in report["probes"])
    assert measured["inference-other-container"] == "open"
    assert measured["inference-loopback-v6"] == "unreachable"


def test_run_sh_starts_it_with_podman_and_takes_it_away(tmp_path: Path) -> None:
    path = answered(tmp_path, CASES["behind a gateway"])
    out = shlex.quote(str(tmp_path / "out"))
    wizard = shlex.join([sys.executable, "-m", "wizard", "generate", str(path), "--fail-on", "none"])
    done = inside(
        tmp_path,
        f"{wizard} --out {out} >&2\nunset CONTAINER_HOST\n{out}/run.sh up >&2\n{out}/call.sh\n{out}/run.sh down\n"
        "podman ps -aq --filter name=serving-alphabet\n",
    )
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert json.loads(done.stdout)["choices"][0]["message"]["content"]
