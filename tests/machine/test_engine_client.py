"""A program at DOCKER_HOST that begins as an engine does and then answers without end."""

from __future__ import annotations

import base64
import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from wizard.errors import WizardError
from wizard.machine import docker_engine, engine_client, running
from wizard.trial import docker_image
from wizard.trial.backend import Cancel

_PLAIN = {"/version": b'{"Version": "20.10", "ApiVersion": "1.41"}', "/_ping": b"OK", "/c/json": b'{"Id": "c"}'}
_NOT_HERE = b'{"message": "No such image: image:tag"}'
_PIECE = b"x" * 10_000
_LIMIT = 100_000
_STANDSTILL_S = 60
"""Seconds after which something hangs; a busy machine takes a few."""


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_client, "MOST", _LIMIT)


@contextmanager
def _engine(
    monkeypatch: pytest.MonkeyPatch, path: str, head: str, piece: bytes, pause: float = 0
) -> Iterator[list[int]]:
    """One that answers a request whose path ends so with that head and that piece for ever; the bytes it got rid of.

    `pause`: seconds before each piece.
    """
    sent, over = [0], threading.Event()

    class Engine(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            asked = self.path.partition("?")[0]
            if asked.endswith(path):
                return self._without_end()
            body = next((text for end, text in _PLAIN.items() if asked.endswith(end)), _NOT_HERE)
            status = b"404 Not Found" if body is _NOT_HERE else b"200 OK"
            self.wfile.write(b"HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n%s" % (status, len(body), body))
            return None

        do_POST = do_GET  # noqa: N815 - the server's name for it

        def _without_end(self) -> None:
            self.close_connection = True
            end = time.monotonic() + 2 * _STANDSTILL_S
            with suppress(OSError):
                self.wfile.write(f"HTTP/1.1 {head}".encode())
                while not (pause and over.wait(pause)) and not (pause and time.monotonic() > end):
                    sent[0] += self.wfile.write(piece)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Engine) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        yield sent
        over.set()
        server.shutdown()


_CHUNKED = "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_CHUNK = b"2710\r\n" + _PIECE + b"\r\n"
_FOREVER = {
    "until it closes": ("200 OK\r\n\r\n", _PIECE),
    "of an announced length": ("200 OK\r\nContent-Length: 9000000000000\r\n\r\n", _PIECE),
    "in one huge piece": (f"{_CHUNKED}10000000000\r\n", _PIECE),
    "an error": ("500 Wrong\r\n\r\n", _PIECE),
    "a redirection": ("301 Elsewhere\r\nLocation: /elsewhere\r\n\r\n", _PIECE),
    "in pieces": (_CHUNKED, _CHUNK),  # a pull is like that, and ends when it is cancelled
}


def _listed() -> object:
    with docker_engine.speaking("list containers"):
        return docker_engine.connect().containers.list()


def _log() -> object:
    with docker_engine.speaking("read a log"):
        api = docker_engine.connect().api
        address = f"{api.base_url}/v{api.api_version}/containers/c/logs"
        stream = api._multiplexed_response_stream_helper(api.get(address, stream=True))
        return list(stream)


def _pulled() -> None:
    with docker_engine.speaking("pull an image"):
        docker_image.ensure(docker_engine.connect(), "image:tag", lambda _: None, Cancel())


_ASKED: dict[str, tuple[str, Callable[[], object]]] = {
    "its version": ("/version", docker_engine.connect),
    "containers": ("/containers/json", _listed),
    "a pull": ("/images/create", _pulled),
}


@pytest.mark.parametrize(
    ("asked", "how"), [pair for pair in itertools.product(_ASKED, _FOREVER) if pair != ("a pull", "in pieces")]
)
def test_an_answer_without_end_is_not_held_in_memory(asked: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, asking = _ASKED[asked]
    with _engine(monkeypatch, path, *_FOREVER[how]) as sent, pytest.raises(WizardError):
        asking()
    assert sent[0] < _LIMIT + 10_000_000  # what the sockets hold between the two comes on top


def test_a_piece_of_a_log_that_is_longer_than_any_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = b"\x01\0\0\0\xff\xff\xff\xff"
    with (
        _engine(monkeypatch, "/logs", f"{_CHUNKED}8\r\n{frame.decode('latin-1')}\r\n", _CHUNK),
        pytest.raises(WizardError),
    ):
        _log()


_STAT = base64.b64encode(b'{"size": 1, "mode": 0}').decode()
_TRICKLES: dict[str, tuple[str, str, bytes, Callable[[Any], object]]] = {
    "the head of its version": ("/version", "200 OK\r\nX: ", b"x", lambda client: client.version()),
    "a list": ("/containers/json", "200 OK\r\n\r\n[", b" ", lambda client: client.containers.list()),
}


@pytest.mark.parametrize("what", _TRICKLES)
def test_what_trickles_in_is_not_waited_for_without_end(what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path, head, piece, asking = _TRICKLES[what]
    began = time.monotonic()
    with (
        _engine(monkeypatch, path, head, piece, 0.05),
        pytest.raises(WizardError) as failed,
        docker_engine.speaking("ask"),
    ):
        asking(docker_engine.connect(timeout=0.5))
    assert failed.value.title == "The Docker engine does not answer"
    assert time.monotonic() - began < _STANDSTILL_S


def test_a_file_of_a_container_that_trickles_in_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    head = f"{_CHUNKED[:-2]}X-Docker-Container-Path-Stat: {_STAT}\r\n\r\n"
    began = time.monotonic()
    with _engine(monkeypatch, "/archive", head, b"1\r\nx\r\n", 0.05):
        assert running.RunningFiles(docker_engine.connect(timeout=0.5))("container:c:/f") is None
    assert time.monotonic() - began < _STANDSTILL_S
