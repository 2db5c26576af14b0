"""The trial can fail: what is started differs from what was predicted, and the report says so with exit code 1."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.trial.conftest import Try
from wizard.deployment import Deployment, Network, Process, Publish
from wizard.machine import hostfacts
from wizard.trial import docker_backend

pytestmark = pytest.mark.images("tensorflow/serving:2.19.1", "nginx:1.28-alpine")
TFS = "tensorflow-serving"
OWN = next((i.address for i in hostfacts.measure().own_addresses if i.family == 4), "")
PAGE = '[cors.inference]\norigins = ["https://app.example"]\n'
Mutant = Callable[[Process], Process]


@pytest.fixture
def mutated(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mutant], None]:
    """Start every process changed by a function, while the predictions stay what they are."""

    def mutate(change: Mutant) -> None:
        create = docker_backend.DockerTrial._create
        monkeypatch.setattr(
            docker_backend.DockerTrial, "_create", lambda trial, process, image: create(trial, change(process), image)
        )

    return mutate


def assert_differs(result: tuple[int, dict[str, Any], str], *ids: str) -> None:
    """Exactly these probes contradict their predictions."""
    code, report, said = result
    assert code == 1, (report, said)
    assert {p["id"] for p in report["probes"] if p["agrees"] is False} == set(ids)
    assert report["summary"]["differ"] == len(ids)
    for name in ids:
        assert name in said


@pytest.mark.skipif(not OWN, reason="needs an address besides loopback")
def test_published_on_one_address_more(try_it: Try, mutated: Callable[[Mutant], None]) -> None:
    def change(process: Process) -> Process:
        port = process.publishes[0].host_port
        return replace(process, publishes=(*process.publishes, Publish(OWN, port, 8501)))

    mutated(change)
    assert_differs(try_it(TFS), f"inference-own-address-{OWN}")


def test_not_published_on_ipv6(try_it: Try, mutated: Callable[[Mutant], None]) -> None:
    mutated(lambda p: replace(p, publishes=tuple(x for x in p.publishes if ":" not in x.address)))
    assert_differs(try_it(TFS), "inference-loopback-v6")


def test_another_port_of_the_container_is_published(
    try_it: Try, mutated: Callable[[Mutant], None], free_port: Callable[[], int]
) -> None:
    """gRPC is to be kept inside, and is published."""
    port = free_port()

    def change(process: Process) -> Process:
        command = tuple("--port=8500" if word == "--port=0" else word for word in process.command)
        return replace(process, command=command, publishes=(*process.publishes, Publish("127.0.0.1", port, 8500)))

    mutated(change)
    more = ("--set", f"bind.grpc.port={port}", "--set", "bind.grpc.scope=off")
    assert_differs(try_it(TFS, "", *more), "grpc-loopback-v4")


def test_the_server_has_cors_though_none_was_asked_for(try_it: Try, mutated: Callable[[Mutant], None]) -> None:
    mutated(lambda p: replace(p, command=(*p.command, "--rest_api_enable_cors_support=true")))
    code, report, said = try_it(TFS)
    differing = {p["id"] for p in report["probes"] if p["agrees"] is False}
    assert code == 1, said
    assert {"inference-preflight-foreign", "inference-page-foreign"} <= differing


def test_the_gateway_asks_for_no_token(try_it: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard.machine import tokens

    ensure = tokens.ensure

    def open_door(deployment: Deployment, folder: Any) -> tuple[str, ...]:
        made = ensure(deployment, folder)
        (folder / "secrets" / "inference_tokens.map").write_text('"~.*" 1;\n"" 1;\n')
        return made

    monkeypatch.setattr(tokens, "ensure", open_door)
    code, report, said = try_it(TFS, '[auth]\ninference = "gateway-token"\n')
    differing = {p["id"] for p in report["probes"] if p["agrees"] is False}
    assert code == 1, said
    assert {"inference-token-missing", "inference-token-wrong"} <= differing


def test_somebody_else_can_reach_the_server_from_another_network(try_it: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    """The container on another network stands on the server's own."""
    from wizard.trial import docker_probe

    monkeypatch.setattr(docker_probe.ContainerProbes, "_elsewhere", docker_probe.ContainerProbes._peer_network)
    assert_differs(try_it(TFS), "inference-other-container")


def test_a_vantage_point_that_does_not_work_counts_neither_way(try_it: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    from wizard.trial import docker_probe

    def refuse(self: object) -> Network:
        raise RuntimeError("no network today")

    monkeypatch.setattr(docker_probe.ContainerProbes, "_elsewhere", refuse)
    code, report, said = try_it(TFS)
    assert code == 0, said
    assert report["summary"]["not_measured"] == 1 and report["summary"]["differ"] == 0
    unmeasured = next(p for p in report["probes"] if p["agrees"] is None)
    assert unmeasured["id"] == "inference-other-container"
    assert unmeasured["measured"].startswith("not measured: ") and "no network today" in unmeasured["measured"]


def test_a_port_that_another_program_holds_is_not_measured(try_it: Try) -> None:
    """A port of an API that is off, and somebody listens there already: that says nothing about the deployment."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, report, said = try_it(TFS, f'[bind.grpc]\nscope = "off"\nport = {port}\n')
    assert code == 0, said
    held = {p["id"]: p["measured"] for p in report["probes"] if p["agrees"] is None}
    assert set(held) == {"grpc-loopback-v4"} and held["grpc-loopback-v4"].startswith("not measured: held by python")
    assert "held by python" in said


@pytest.mark.images("pytorch/torchserve:0.12.0-cpu")
def test_the_token_is_off_though_it_was_predicted_on(try_it: Try, mutated: Callable[[Mutant], None]) -> None:
    mutated(lambda p: replace(p, command=(*p.command, "--disable-token-auth")))
    code, report, said = try_it("torchserve", '[auth]\ninference = "server-token"\n')
    differing = {p["id"] for p in report.get("probes", []) if p["agrees"] is False}
    assert {"inference-token-missing", "inference-token-wrong"} <= differing, (code, report, said)
    assert code == 1
