"""What is measured from a container belongs to the process that was asked, wherever that process is by now."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest

from wizard.prediction.values import OPEN, UNREACHABLE, Probe
from wizard.trial import docker_probe
from wizard.trial.probes import measure_all

NETWORK = SimpleNamespace(name="trial-inside", remove=lambda: None)
PROBES = [
    Probe("from beside", "peer-container", "", 8501, "inference", "connect", OPEN),
    Probe("from beside, closed", "peer-container", "", 8500, "grpc", "connect", UNREACHABLE),
    Probe("from elsewhere", "other-container", "", 8501, "inference", "connect", UNREACHABLE),
]


class Server:
    """A container that the engine gives another address at each look, or that has ended."""

    name = "trial-server"

    def __init__(self, status: str) -> None:
        self.status = status
        self.looks = 0
        self.attrs: dict[str, Any] = {}

    def reload(self) -> None:
        self.looks += 1
        address = f"172.18.0.{self.looks}" if self.status == "running" else ""
        self.attrs = {"NetworkSettings": {"Networks": {NETWORK.name: {"IPAddress": address}}}}


def _measured(
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    between: Sequence[str] = (),
    opens_at: int = 0,
    removed: list[str] | None = None,
) -> dict[str, str]:
    """`between`: what comes of connecting from another network, the first time, the second ..., and from then on;
    `opens_at`: the look at which port 8501 opens; `removed`: the networks whose containers were removed."""
    coming = list(between)
    gone = [] if removed is None else removed

    def connect(container: Any, targets: Sequence[tuple[str, int]], seconds: float) -> dict[tuple[str, int], str]:
        network = container.network
        if network != NETWORK.name and targets and coming:
            seen = coming.pop(0) if len(coming) > 1 else coming[0]
            return dict.fromkeys(targets, seen)
        late = server.looks < opens_at
        return {(address, port): "refused" if late else _seen(network, port) for address, port in targets}

    monkeypatch.setattr(docker_probe, "_connect", connect)
    started: Future[None] = Future()
    started.set_result(None)
    with ThreadPoolExecutor(6) as pool:
        trial: Any = SimpleNamespace(
            pool=pool,
            image="image",
            labels={},
            deployment=SimpleNamespace(networks=()),
            networks={"inside": NETWORK},
            containers={"server": server},
            mark=SimpleNamespace(name=lambda part: f"trial-{part}"),
            client=SimpleNamespace(
                containers=SimpleNamespace(
                    run=lambda *_, network, **__: SimpleNamespace(
                        network=network, remove=lambda **_: gone.append(network)
                    )
                ),
                networks=SimpleNamespace(create=lambda name, **_: SimpleNamespace(name=name), get=lambda _: NETWORK),
            ),
        )
        found = measure_all(PROBES, {}, docker_probe.ContainerProbes(trial, PROBES, started), lambda _: None)
    return {result.probe.id: result.measured for result in found}


def _seen(network: str, port: int) -> str:
    if network != NETWORK.name:
        return "dropped"
    return "open" if port == 8501 else "refused"


def test_an_address_that_changes_in_between_is_still_the_same_server(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _measured(Server("running"), monkeypatch)
    assert found == {probe.id: probe.predicted for probe in PROBES}


def test_a_listener_that_opens_late_is_asked_again_from_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine TorchServe opened gRPC seconds after its first answer; one refusal was kept for good."""
    removed: list[str] = []
    found = _measured(Server("running"), monkeypatch, opens_at=9, removed=removed)
    assert found["from beside"] == OPEN and found["from beside, closed"] == UNREACHABLE
    assert NETWORK.name in removed


def test_a_server_that_has_ended_is_not_called_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _measured(Server("exited"), monkeypatch)
    assert set(found.values()) == {"not measured: the container of the server is exited"}


@pytest.mark.parametrize(
    ("between", "measured"),
    [(["open"], "open"), (["open", "open", "open", "dropped", "open"], UNREACHABLE), (["refused"], UNREACHABLE)],
)
def test_what_gets_through_between_networks_for_a_moment_only_is_not_open(
    between: list[str], measured: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _measured(Server("running"), monkeypatch, between)["from elsewhere"] == measured
