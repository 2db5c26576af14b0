"""A trial is ready when the server answers a prediction and the gateway in front of it answers at all."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from wizard.deployment import Deployment
from wizard.errors import WizardError
from wizard.placement.resolve import resolve
from wizard.plan import Plan
from wizard.prediction.values import Probe
from wizard.trial import probes, readiness
from wizard.trial.backend import Cancel


class Answering(BaseHTTPRequestHandler):
    status = 200

    def do_GET(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(self.status)
        self.send_header("content-length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815

    def log_message(self, *arguments: object) -> None:
        del arguments


class Refusing(Answering):
    status = 403


class Standing:
    """A started trial whose server and gateway are two listeners of this test."""

    samples: Mapping[str, str] = {}

    def __init__(self, server: ThreadingHTTPServer, gateway: ThreadingHTTPServer) -> None:
        self.deployment: Deployment = resolve(
            Plan.model_validate(
                {
                    "server": "tensorflow-serving",
                    "models": [{"name": "m", "path": "/m"}],
                    "cors": {"inference": {"origins": ["https://app.example"]}},
                }
            )
        )
        self.server, self.gateway = server, gateway

    def state(self) -> tuple[str, int]:
        return "running", 0

    def server_address(self) -> readiness.Address:
        return readiness.Address("127.0.0.1", self.server.server_port)

    def gateway_address(self) -> readiness.Address | None:
        assert self.deployment.front is not None
        return readiness.Address("127.0.0.1", self.gateway.server_port)

    def tokens(self) -> dict[str, str]:
        return {}

    def hindered(self) -> str:
        return ""

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        return ("",) * min(lines, 1)


class Hidden(Standing):
    """The server is on a network that only the gateway is on, and predictions are off."""

    def __init__(self, server: ThreadingHTTPServer, gateway: ThreadingHTTPServer) -> None:
        super().__init__(server, gateway)
        self.deployment = resolve(
            Plan.model_validate(
                {
                    "server": "tensorflow-serving",
                    "models": [{"name": "m", "path": "/m"}],
                    "bind": {"inference": {"scope": "off"}, "metrics": {"scope": "loopback"}},
                }
            )
        )

    def server_address(self) -> readiness.Address:
        return readiness.Address("", 8501)


class HiddenBehindGrpc(Hidden):
    """The gateway answers no HTTP either."""

    def gateway_address(self) -> readiness.Address | None:
        return None


@pytest.fixture
def standing() -> Iterator[Standing]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    # Bound, so that the port is known, but deaf: connections are refused until somebody listens.
    gateway = ThreadingHTTPServer(("127.0.0.1", 0), Refusing, bind_and_activate=False)
    gateway.server_bind()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield Standing(server, gateway)
    for each in (server, gateway):
        each.server_close()
    server.shutdown()


def test_it_waits_for_a_gateway_that_is_slower_than_the_server(
    standing: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The gateway begins to listen when it has been asked in vain three times."""
    asked = []
    send = probes.send

    def late(probe: Probe, *arguments: Any, **options: Any) -> Any:
        if probe.id == "gateway":
            asked.append(probe)
            if len(asked) == 4:
                standing.gateway.server_activate()
                threading.Thread(target=standing.gateway.serve_forever, args=(0.02,), daemon=True).start()
        return send(probe, *arguments, **options)

    monkeypatch.setattr(readiness, "send", late)
    readiness.wait(standing, 20.0, Cancel())
    assert len(asked) == 4
    standing.gateway.shutdown()


def test_a_gateway_that_never_comes_is_left_to_the_probes(standing: Standing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "_GATEWAY_S", 0.3)
    assert readiness.wait(standing, 20.0, Cancel()) >= 0.3


def test_waiting_for_the_gateway_can_be_cancelled(standing: Standing) -> None:
    cancel = Cancel()
    threading.Timer(0.3, cancel.event.set).start()
    with pytest.raises(WizardError, match="cancelled"):
        readiness.wait(standing, 20.0, cancel)


def test_where_only_the_gateway_reaches_the_server_what_it_lets_through_is_asked_for(standing: Standing) -> None:
    hidden = Hidden(standing.server, standing.server)
    assert readiness.wait(hidden, 20.0, Cancel()) < 20


def test_where_nothing_can_be_asked_it_is_said_at_once(standing: Standing) -> None:
    with pytest.raises(WizardError, match="Nothing here can ask whether the server is ready"):
        readiness.wait(HiddenBehindGrpc(standing.server, standing.gateway), 600.0, Cancel())


def accept_all(listener: socket.socket, accepted: list[socket.socket]) -> None:
    """Until it is closed; what was accepted stays open, as with a server that waits for a request."""
    with suppress(OSError):
        while True:
            accepted.append(listener.accept()[0])


def test_a_listener_that_is_too_busy_to_accept_for_a_while_is_not_unreachable() -> None:
    """Its queue is full, so the kernel drops what comes and the caller's kernel asks again after 1 and 3 seconds."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as busy:
        place = busy.getsockname()
        waiting = []
        for _ in range(4):
            each = socket.socket()
            each.setblocking(False)
            each.connect_ex(place)
            waiting.append(each)
        probe = Probe("p", "loopback-v4", place[0], place[1], "inference", "connect", "open")
        accepted: list[socket.socket] = []
        free = threading.Timer(1.5, accept_all, (busy, accepted))
        free.daemon = True
        free.start()
        (result,) = probes.measure_all([probe], {}, None, lambda _: None)
        for each in [*waiting, *accepted]:
            each.close()
    assert (result.measured, result.agrees) == ("open", True)
    assert result.seconds > 1.5


class Ended(Standing):
    """The server has ended; its gateway goes on answering for it, and writes a line for each request."""

    def state(self) -> tuple[str, int]:
        return "exited", 1

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        asked = '{"t":"2026-01-01T00:00:00+00:00","ip":"127.0.0.1","m":"POST","p":"/v1/models/m:predict","s":502}'
        return ("no such model: its last words", *[asked] * 100)[-lines:]


def test_the_last_words_of_a_server_are_not_lost_among_the_lines_of_its_gateway(standing: Standing) -> None:
    ended = Ended(standing.server, standing.gateway)
    with pytest.raises(WizardError) as problem:
        readiness.wait(ended, 20.0, Cancel())
    assert problem.value.detail == "no such model: its last words"
