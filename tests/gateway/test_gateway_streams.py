"""An answer in pieces passes the gateway as it comes: nothing is kept back, and nothing is taken before it is read."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler

import pytest

from tests.gateway.conftest import Start, listed
from tests.gateway.harness import APP, Edit, Gate
from tests.support.waiting import PATIENCE

pytestmark = pytest.mark.nginx

EVENTS = 20
LARGE = 64 << 20
"""More than all buffers of sockets on the way together."""
BLOCKED_S = 3.0


def as_written(text: str) -> str:
    return text


def buffering(text: str) -> str:
    assert "proxy_buffering off;" in text
    return text.replace("proxy_buffering off;", "proxy_buffering on;")


class Backend:
    """Answers with `send`, and tells whether all of it was taken."""

    def __init__(self, gate: Gate, send: Callable[[BaseHTTPRequestHandler], None]) -> None:
        self.send = send
        self.taken: bool | None = None
        self.ended = threading.Event()
        gate.behind["inference"].answer = self.answer  # type: ignore[method-assign]

    def answer(self, http: BaseHTTPRequestHandler) -> None:
        http.rfile.read(int(http.headers["Content-Length"]))
        http.send_response_only(200)
        http.send_header("Content-Type", "text/event-stream")
        http.send_header("Transfer-Encoding", "chunked")
        http.end_headers()
        try:
            self.send(http)
            self.taken = True
        except TimeoutError:
            self.taken = False
        finally:
            http.close_connection = True
            self.ended.set()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def asked(gate: Gate) -> socket.socket:
    link = gate.connect()
    lines = ("Host: localhost", "Content-Length: 2", "Content-Type: application/json", f"Origin: {APP}", "", "{}")
    link.sendall("\r\n".join((f"POST {gate.predict} HTTP/1.1", *lines)).encode())
    return link


@pytest.mark.parametrize("server", ["llama-server", "torchserve"])
def test_each_event_passes_before_the_next_is_made(start: Start, server: str) -> None:
    gate = start(server, as_written, **listed())
    heard = threading.Semaphore(0)

    def send(http: BaseHTTPRequestHandler) -> None:
        for number in range(EVENTS):
            http.wfile.write(chunk(b"data: event-%d.\n\n" % number))
            http.wfile.flush()
            assert heard.acquire(timeout=PATIENCE)
        http.wfile.write(b"0\r\n\r\n")

    Backend(gate, send)
    with asked(gate) as link:
        found = b""
        for number in range(EVENTS):
            while b"event-%d." % number not in found:
                got = link.recv(4096)
                assert got, "the connection is closed"
                found += got
            heard.release()


@pytest.mark.parametrize(("edit", "taken"), [(as_written, False), (buffering, True)], ids=["off", "on"])
@pytest.mark.parametrize("server", ["llama-server", "torchserve"])
def test_no_more_is_taken_from_the_server_than_the_caller_reads(
    start: Start, server: str, edit: Edit, taken: bool
) -> None:
    """With buffering on, nginx keeps an answer that nobody reads yet, on the disk if need be: the opposite of `off`."""
    gate = start(server, edit, **listed())

    def send(http: BaseHTTPRequestHandler) -> None:
        http.connection.settimeout(BLOCKED_S)
        piece = chunk(b"x" * (1 << 20))
        for _ in range(LARGE >> 20):
            http.wfile.write(piece)

    backend = Backend(gate, send)
    with asked(gate):
        assert backend.ended.wait(PATIENCE)
        assert backend.taken is taken
