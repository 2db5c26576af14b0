"""What is predicted of a server on a unix socket: nothing on a port, and answers to whoever may write to its file."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.plans import plan
from wizard.placement.resolve import resolve
from wizard.prediction.probes import predict

SOCKET: dict[str, Any] = {"bind": {"inference": {"scope": "socket", "address": "/tmp/x/server.sock"}}}


@pytest.mark.parametrize("how", ["docker", "native"])
@pytest.mark.parametrize(
    ("server", "auth", "statuses"),
    [
        ("llama-server", "server-token", ["200", "401", "401"]),
        ("llama-server", "none", ["200"]),
        ("torchserve", "server-token", ["200", "400", "400"]),
        ("tensorflow-serving", "none", []),
    ],
)
def test_a_socket_is_asked_by_its_file(server: str, auth: str, statuses: list[str], how: str) -> None:
    parts = {"run": {"how": how}, "auth": {"inference": auth, "management": auth}}
    probes = [each for each in predict(resolve(plan(server, **SOCKET, **parts))) if each.api == "inference"]
    assert [each.predicted for each in probes] == statuses
    assert {each.address for each in probes} <= {"unix:/tmp/x/server.sock"}
