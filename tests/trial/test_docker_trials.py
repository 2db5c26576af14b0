"""The intents, started for real in Docker and probed: TorchServe itself, TensorFlow Serving as its emulation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.trial.conftest import Try, answers_file, assert_agrees
from wizard.services import hostfacts

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker-trials")]

PAGE = '["https://app.example"]'
TWO = '["https://app.example", "http://localhost:3000"]'
TOKEN = '[auth]\ninference = "server-token"\nmanagement = "server-token"\n'
NO_TOKEN = '[auth]\ninference = "none"\nmanagement = "none"\n'
OWN = next(iter(hostfacts.measure().own_addresses), None)

TORCHSERVE = {
    "I1 token on": TOKEN,
    "I1 token off": NO_TOKEN,
    "I3 token off": f'[bind.inference]\nscope = "all"\n{NO_TOKEN}',
    "I3 token on": f'[bind.inference]\nscope = "all"\n{TOKEN}',
    "I4 token off": f'[bind.inference]\nscope = "internal"\n{NO_TOKEN}',
    "I4 token on": f'[bind.inference]\nscope = "internal"\n{TOKEN}',
    "I6 token off": f"[cors.inference]\norigins = {PAGE}\n{NO_TOKEN}",
    "I7 two origins with cookies and a header": (
        f'[cors.inference]\norigins = {TWO}\ncredentials = true\nheaders = ["content-type", "x-trace"]\n{NO_TOKEN}'
    ),
    "I8 token off": f'[cors.inference]\norigins = ["*"]\n{NO_TOKEN}',
    "I9 management with its own origin": (
        '[bind.management]\nscope = "loopback"\n[cors.management]\norigins = ["https://admin.example"]\n'
        f'[cors.inference]\norigins = {PAGE}\n[auth]\ninference = "none"\nmanagement = "gateway-token"\n'
    ),
    "I10 gateway token from a page": (
        f'[cors.inference]\norigins = {PAGE}\nheaders = ["content-type", "authorization"]\n'
        '[auth]\ninference = "gateway-token"\n'
    ),
    "I10 server token from a page": (
        f'[cors.inference]\norigins = {PAGE}\nheaders = ["content-type", "authorization"]\n{TOKEN}'
    ),
    "I11 TLS by the server": f'[tls]\nmode = "self-signed"\n{NO_TOKEN}',
    "I11 TLS by the gateway": f'[tls]\nmode = "self-signed"\n[gateway]\nkind = "nginx"\n{NO_TOKEN}',
    "I12 gRPC, metrics and management on this machine": (
        '[bind.grpc]\nscope = "loopback"\n[bind.metrics]\nscope = "loopback"\n[bind.management]\nscope = "loopback"\n'
        + TOKEN
    ),
    "I14 model baked into an image": f'[run]\npackaging = "image"\n{NO_TOKEN}',
}
if OWN:
    TORCHSERVE["I2 token off"] = f'[bind.inference]\nscope = "interface"\naddress = "{OWN.address}"\n{NO_TOKEN}'
    TORCHSERVE["I2 token on"] = f'[bind.inference]\nscope = "interface"\naddress = "{OWN.address}"\n{TOKEN}'

TENSORFLOW = {
    "I1": "",
    "I3": '[bind.inference]\nscope = "all"\n',
    "I4": '[bind.inference]\nscope = "internal"\n',
    "I6": f"[cors.inference]\norigins = {PAGE}\n",
    "I7": f"[cors.inference]\norigins = {TWO}\ncredentials = true\n",
    "I8": '[cors.inference]\norigins = ["*"]\n',
    "I10": (
        f'[cors.inference]\norigins = {PAGE}\nheaders = ["content-type", "authorization"]\n'
        '[auth]\ninference = "gateway-token"\n'
    ),
    "I11": '[tls]\nmode = "self-signed"\n',
    "I12": '[bind.grpc]\nscope = "loopback"\n',
}


@pytest.mark.parametrize("name", TORCHSERVE)
def test_torchserve_is_as_predicted(try_it: Try, name: str) -> None:
    assert_agrees(try_it("torchserve", TORCHSERVE[name]))


@pytest.mark.parametrize(
    "name", ["I1 token off", "I6 token off", "I8 token off", "I7 two origins with cookies and a header"]
)
def test_torchserve_0_9_0_is_as_predicted(try_it: Try, name: str) -> None:
    assert_agrees(try_it("torchserve", TORCHSERVE[name], "--set", "version=0.9.0"))


@pytest.mark.parametrize("name", TENSORFLOW)
def test_emulated_tensorflow_serving_is_as_predicted(try_it: Try, name: str) -> None:
    assert_agrees(try_it("tensorflow-serving", TENSORFLOW[name]))


def test_a_wrong_prediction_is_reported(try_it: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    """The trial can fail: an image whose server ignores the token switch contradicts the prediction."""
    code, report, said = try_it("torchserve", NO_TOKEN, "--image", "nginx:1.28-alpine")
    assert code == 3, (report, said)
    assert "could not" in said or not report["started"]


def left_behind(client: Any) -> list[str]:
    found = client.containers.list(all=True, filters={"label": "serving-wizard.trial"}, ignore_removed=True)
    networks = client.networks.list(filters={"label": "serving-wizard.trial"})
    return [c.name for c in found] + [n.name for n in networks]


def wait_for(state: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not state():
        assert time.monotonic() < end, "the state was not reached"
        time.sleep(0.1)


def test_what_a_killed_trial_leaves_is_removed_by_the_next_start(
    tmp_path: Path, free_port: Callable[[], int], docker_client: Any
) -> None:
    path = answers_file(tmp_path, "torchserve", NO_TOKEN, {})
    command = [sys.executable, "-m", "wizard", "try", str(path), "--set", f"bind.inference.port={free_port()}"]
    command += ["--set", "bind.inference.scope=loopback"]
    before = set(left_behind(docker_client))
    trial = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for(lambda: len(set(left_behind(docker_client)) - before) >= 2)
    os.kill(trial.pid, signal.SIGKILL)
    trial.wait()
    mine = set(left_behind(docker_client)) - before
    assert mine
    done = subprocess.run([sys.executable, "-m", "wizard", "down"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not mine & set(left_behind(docker_client))
