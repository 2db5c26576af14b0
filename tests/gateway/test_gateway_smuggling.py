"""What the gateway passes on of requests that two readers take apart differently.

Behind it stands the emulator's HTTP server, which reads as TensorFlow Serving's own library does: without the gateway
each of these requests puts a second one after itself, or reaches the API past a look at the start of its target.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from tests.gateway.conftest import Start, listed
from tests.gateway.harness import Gate
from wizard.gateway.layout import gated, relay_socket
from wizard.servers.tensorflow_serving.emulator import http

pytestmark = pytest.mark.nginx

QUIET = 0.5
HIDDEN = b"GET /v1/models/hidden HTTP/1.1\r\nHost: localhost\r\n\r\n"
KIND = b"Content-Type: application/json\r\n"
FORMS = {
    "chunked and a length": b"Content-Length: %d\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" % (5 + len(HIDDEN)),
    "a length and chunked": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "gzip, chunked": b"Transfer-Encoding: gzip, chunked\r\n\r\n",
    "xchunked": b"Transfer-Encoding: xchunked\r\n\r\n",
    "identity": b"Transfer-Encoding: identity\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "two lengths": b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN),
    "a length with a sign": b"Content-Length: +%d\r\n\r\n" % len(HIDDEN),
    "a chunk size with a blank": b"Transfer-Encoding: chunked\r\n\r\n0 ;x\r\n\r\n",
    "a blank before the colon": b"Content-Length : %d\r\n\r\n" % len(HIDDEN),
    "a folded encoding": b"X: y\r\n Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
}
METHODS = ("POST", "GET", "HEAD", "OPTIONS", "DELETE", "TRACE", "CONNECT")
TARGETS = (
    "//evil.example{}",
    "///evil{}",
    "http:{}",
    "ftp://x{}",
    "/x/..{}",
    "//{}",
    "{}#f",
    "/%76%31/../{}",
)


@dataclass
class Behind:
    """A server with libevent's manners that notes each request it reads."""

    seen: list[tuple[str, str, bytes]] = field(default_factory=list)

    def answer(self, request: http.HttpRequest) -> http.HttpResponse:
        self.seen.append((request.method, request.full_path, request.body))
        return http.HttpResponse(200, (("Content-Type", "application/json"),), b"{}")


@contextlib.contextmanager
def served(gate: Gate) -> Iterator[Behind]:
    """In the place where the gateway looks for the server."""
    behind = Behind()
    (endpoint,) = gated(gate.deployment)
    isolated = any(process.isolated for process in gate.deployment.processes)
    if isolated:
        listener = socket.socket(socket.AF_UNIX)
        place = gate.folder / relay_socket(endpoint)
        place.parent.mkdir(parents=True, exist_ok=True)
        listener.bind(str(place))
        place.chmod(0o777)
        listener.listen()
    else:
        listener = http.listen(endpoint.backend_port)
    with listener:
        http.serve(listener, behind.answer, threads=8, release=(2, 20, 0))
        yield behind


@pytest.fixture
def gate(start: Start) -> Gate:
    return start(**listed(), backends=False)


def talk(gate: Gate, data: bytes) -> bytes:
    """Send bytes; what comes back until the gateway closes or has nothing more to say.

    The sending side stays open: nginx drops a request whose client has ended.
    """
    received = b""
    with gate.connect() as link, contextlib.suppress(ConnectionError, TimeoutError):
        link.sendall(data)
        link.settimeout(QUIET)
        while chunk := link.recv(1 << 16):
            received += chunk
    return received


def test_without_the_gateway_the_forms_do_smuggle(gate: Gate) -> None:
    """What the other tests rest on: the server behind does read a second request out of the first."""
    smuggled = set()
    for name, form in FORMS.items():
        behind = Behind()
        with http.listen(0) as listener:
            http.serve(listener, behind.answer, threads=2, release=(2, 20, 0))
            with socket.create_connection(listener.getsockname()[:2], timeout=20) as link:
                link.sendall(f"POST {gate.predict} HTTP/1.1\r\nHost: localhost\r\n".encode() + form + HIDDEN)
                link.shutdown(socket.SHUT_WR)
                while link.recv(1 << 16):
                    pass
        if any("hidden" in path for _, path, _ in behind.seen):
            smuggled.add(name)
    assert smuggled >= {"chunked and a length", "gzip, chunked", "xchunked", "two lengths"}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("method", METHODS)
def test_no_request_hides_in_another(gate: Gate, form: str, method: str) -> None:
    """A second request on the wire is the caller's own; it is answered to the caller and reaches no other path."""
    hidden = HIDDEN.replace(b"/v1/models/hidden", b"/v1/models/hidden/metadata:x")
    data = f"{method} {gate.predict} HTTP/1.1\r\nHost: localhost\r\n".encode() + KIND + FORMS[form] + hidden
    with served(gate) as behind:
        talk(gate, data)
        assert gate.ask(body=b'{"mine": 1}').status == 200
    assert behind.seen[-1] == ("POST", gate.predict, b'{"mine": 1}')
    assert not [path for _, path, _ in behind.seen if path != gate.predict]


def test_callers_at_once_get_their_own_answers_while_others_try(gate: Gate) -> None:
    def attack() -> None:
        for form in FORMS.values():
            head = f"POST {gate.predict} HTTP/1.1\r\nHost: localhost\r\n".encode() + KIND
            talk(gate, head + form + HIDDEN.replace(b"hidden", b"hidden:predict"))

    with served(gate) as behind:
        attackers = [threading.Thread(target=attack) for _ in range(4)]
        for attacker in attackers:
            attacker.start()
        answers = [gate.ask(body=b'{"number": %d}' % number).status for number in range(40)]
        for attacker in attackers:
            attacker.join()
    assert set(answers) <= {200, 429}
    assert 200 in answers
    assert not [path for _, path, _ in behind.seen if "hidden" in path]


@pytest.mark.parametrize("target", TARGETS)
def test_an_odd_target_is_not_passed_on(gate: Gate, target: str) -> None:
    path = target.format(gate.predict)
    data = f"POST {path} HTTP/1.1\r\nHost: localhost\r\n".encode() + KIND + b"Content-Length: 2\r\n\r\n{}"
    with served(gate) as behind:
        talk(gate, data)
    assert {path for _, path, _ in behind.seen} <= {gate.predict}


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "PROPFIND", "get", "PUT", "PATCH", "DELETE", "HEAD"])
def test_a_method_that_no_route_has_is_not_passed_on(gate: Gate, method: str) -> None:
    with served(gate) as behind:
        talk(gate, f"{method} {gate.predict} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n".encode())
    assert not behind.seen
