"""Prediction and emulator on recorded requests that were changed at random: one answer, or a named difference."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.servers.tensorflow_serving.plans import ADAPTER
from tests.support.examples import most
from tests.support.waiting import PATIENCE
from wizard.servers.exchanges import RecordedExchange
from wizard.servers.requests import Request

from .harness import Launcher
from .mutations import Mutations
from .recorded import CORS, RECORDED, Ports, observed, sent, serving

RELEASES = ("2.20.0", "2.16.1", "2.5.1")
"""Two libraries; and a release that does not list PATCH."""
NOT_EMULATED = "it does not emulate :"
"""The emulator says so for classify and regress (501). The server runs them where a model has a signature for them; it
is predicted to have none (400). In the recordings a stub stood in for them."""
_RAN = ('{\n    "predictions"', '{\n    "outputs"')
_LONG = 4096
_BASIS = [(tuple(case["flags"]), sent(case)) for case in RECORDED if len(sent(case)) < _LONG]


class Answer(NamedTuple):
    status: int
    """0: it waits for more."""
    cors: dict[str, str]
    ran: bool


@pytest.fixture(scope="module", params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def ports(release: str, launcher: Launcher, models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    with serving(launcher, models, tmp_path_factory.mktemp("random"), release) as ports:
        yield ports


def test_a_changed_request_is_answered_as_is_predicted(release: str, ports: Ports) -> None:
    changed = Mutations([request for _, request in _BASIS], seed=RELEASES.index(release))
    wrong, statuses = [], set()
    for number in range(most(12_000)):
        flags, request = _BASIS[number % len(_BASIS)]
        request = changed.change(request)
        got, text = answered(ports[flags], request)
        statuses.add(got.status)
        if NOT_EMULATED in text:
            got = Answer(400, got.cors, got.ran)
        if got != (said := predicted(release, flags, request)):
            wrong.append((request, flags, said, got, text[:200]))
    assert not wrong, f"{len(wrong)} differ: {wrong[:5]}"
    assert {0, 200, 400, 404, 501} <= statuses


def predicted(release: str, flags: tuple[str, ...], request: bytes) -> Answer:
    exchange = RecordedExchange("tensorflow-serving", release, Request("GET", "/"), request, flags=flags)
    found = ADAPTER.replay(exchange)
    return Answer(found.status, {name: value for name, value in found.headers if name in CORS}, found.ran)


def answered(port: int, request: bytes) -> tuple[Answer, str]:
    """The first answer to a client that sends all it has and ends; and its body."""
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection, suppress(ConnectionError):
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        while chunk := connection.recv(1 << 16):
            received += chunk
    if not received:
        return Answer(0, {}, False), ""
    found = observed(received, closed=True)
    cors = {name: value for name, value in found["headers"].items() if name in CORS}
    return Answer(found["status"], cors, found["body"].startswith(_RAN)), found["body"]
