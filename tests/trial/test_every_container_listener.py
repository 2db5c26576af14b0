"""Every socket that a container opens is a row of the map of reach, and answers other accounts and pages as that says.

`ss` in the network of each container finds the sockets. Another account of this machine tries each at the container's
own addresses and wherever Docker publishes it; nothing of the trial's own probes is used.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import own_ports
from tests.trial.test_every_listener import EVIL, NOBODY, PLANS, Tried, as_the_map_says, common, sent_by_a_page
from wizard import registry
from wizard.deployment import Deployment, Door, Endpoint
from wizard.machine import project
from wizard.plan import Plan
from wizard.prediction.answer import usual_request
from wizard.servers.sample import sample_path
from wizard.trial import backend, runner

EMBEDDED_DNS = "127.0.0.11"
"""Where Docker itself answers in every container of a network."""
AS_NOBODY = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
REFUSED = 0
IMAGES = {
    "tensorflow-serving": "tensorflow/serving:2.19.1",
    "llama-server": "ghcr.io/ggml-org/llama.cpp:server-b11669",
    "torchserve": "pytorch/torchserve:0.12.0-cpu",
}
SERVERS = [
    pytest.param(server, marks=pytest.mark.images(image, "nginx:1.28-alpine")) for server, image in IMAGES.items()
]
pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0 or not shutil.which("nsenter"), reason="needs root and nsenter"),
]


def _plan(server: str, answers: dict[str, Any]) -> Plan:
    sample = registry.adapter(server).sample
    base = {"server": server, "models": [{"name": sample.name, "path": str(sample_path(server))}]}
    return own_ports(Plan.model_validate({**base, **common(server, answers), "run": {"how": "docker"}}))


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("name", PLANS)
def test_every_socket_of_every_container_is_a_row_and_as_predicted(tmp_path: Path, server: str, name: str) -> None:
    made = project.prepare(_plan(server, PLANS[name]), tmp_path, tmp_path)
    tried: list[Tried] = []

    def visit(running: Any) -> None:
        assert set(running.containers) == {process.name for process in running.deployment.processes}
        for process, container in running.containers.items():
            container.reload()
            tried.extend(_look(running.deployment, process, container, running.tokens()))
        as_the_map_says(running.deployment, tried)

    report = runner.run(made, backend.Options(), lambda _: None, visit=visit)
    assert report.agrees, (report.problem, [r for r in report.results if r.agrees is False])
    assert tried


def _look(deployment: Deployment, process: str, container: Any, tokens: Mapping[str, str]) -> Iterator[Tried]:
    """What pages got at each door of a container, after another account has tried it."""
    networks = container.attrs["NetworkSettings"]["Networks"].values()
    own = [network["IPAddress"] for network in networks if network["IPAddress"]]
    published = {
        (int(inner.partition("/")[0]), place["HostIp"], int(place["HostPort"]))
        for inner, places in container.ports.items()
        for place in places or ()
    }
    ports = set(_listening(container.attrs["State"]["Pid"]))
    assert {inner for inner, _, _ in published} <= ports, "a port is published that nobody listens on"
    for port in ports:
        doors = [(e, d) for e in deployment.endpoints for d in e.access.doors if (d.process, d.port) == (process, port)]
        assert doors, f"nobody speaks of port {port} of the {process}"
        places = [(address, port) for address in own]
        places += [(address, outer) for inner, address, outer in published if inner == port]
        named = {address or "0.0.0.0" for _, door in doors for address in door.host_addresses}
        assert {a for i, a, _ in published if i == port} <= named | ({"::"} if "0.0.0.0" in named else set())
        for endpoint, door in doors:
            if endpoint.scope != "off" or not deployment.has_gateway:
                yield _as_predicted(deployment, endpoint, door, places, tokens)


def _listening(pid: int) -> Iterator[int]:
    command = ["nsenter", "-t", str(pid), "-n", "ss", "-tlnH"]
    for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines():
        address, _, port = line.split()[3].rpartition(":")
        if address != EMBEDDED_DNS:
            yield int(port)


def _as_predicted(
    deployment: Deployment, endpoint: Endpoint, door: Door, places: list[tuple[str, int]], tokens: Mapping[str, str]
) -> Tried:
    connects = door.way("local-users") is not None
    if endpoint.protocol == "grpc":
        assert any(_connects(address, port) for address, port in places) is connects, (endpoint.api, door, places)
        return {}
    if endpoint.scope == "off":
        return {}  # it shares the socket of another API, which is tried
    served = {_curl(deployment, endpoint, door, place) for place in places}
    assert (200 in served) is (connects and door.token == "none"), (endpoint.api, door, places, served)
    page = ("-H", f"Origin: {EVIL}")
    sent = {_curl(deployment, endpoint, door, place, *page, kind="text/plain") for place in places}
    rebound = {_curl(deployment, endpoint, door, place, *page, host="evil.example") for place in places}
    if door.token != "none" or door.process == "gateway" or not connects:
        assert 200 not in sent | rebound, (endpoint.api, door, sent, rebound)
    found: Tried = {("page-other", endpoint.api): _best(sent), ("page-rebinding", endpoint.api): _best(rebound)}
    if door.process == endpoint.served_by and (listed := endpoint.cors.origins):
        token = sent_by_a_page(endpoint, tokens.get(endpoint.api, ""))
        page = ("-H", f"Origin: {listed[0]}", *(("-H", f"Authorization: Bearer {token}") if token else ()))
        found["page-allowed", endpoint.api] = _best({_curl(deployment, endpoint, door, p, *page) for p in places})
    return found


def _best(statuses: set[int]) -> int:
    """What a page got where it fared best: it may try every address."""
    return 200 if 200 in statuses else max(statuses)


def _connects(address: str, port: int) -> bool:
    # A program that every account may run: the first Python on the path may lie in somebody's home.
    host = f"[{address}]" if ":" in address else address
    words = ["curl", "-s", "-m", "5", "-o", "/dev/null", "-w", "%{time_connect}", f"http://{host}:{port}/"]
    return float(subprocess.run([*AS_NOBODY, *words], capture_output=True, text=True, timeout=60).stdout) > 0


def _curl(
    deployment: Deployment,
    endpoint: Endpoint,
    door: Door,
    place: tuple[str, int],
    *more: str,
    kind: str = "application/json",
    host: str = "localhost",
) -> int:
    """The status of the request that shows an API at work, sent as another account and without a token."""
    request, body = usual_request(deployment, endpoint, {})
    address = f"[{place[0]}]" if ":" in place[0] else place[0]
    tls = endpoint.tls and door.process == endpoint.served_by
    url = f"http{'s' if tls else ''}://{address}:{place[1]}{request.path}"
    command = [*AS_NOBODY, "curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "-X", request.method]
    command += ["--connect-timeout", "3", "-m", "30", "-H", f"Content-Type: {kind}", "-H", f"Host: {host}:{place[1]}"]
    done = subprocess.run(
        [*command, *(["-d", body] if body else []), *more, url], capture_output=True, text=True, timeout=60
    )
    return int(done.stdout or REFUSED)
