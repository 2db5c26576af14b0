"""The emulator's HTTP server, and the prediction's, against libevent's own reading of mutated requests.

The program of data/libevent_server.c answered them; the handler here does what that program does.
"""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar

import pytest

from tests.support.waiting import PATIENCE, until
from wizard.servers.tensorflow_serving import body, libevent, target
from wizard.servers.tensorflow_serving.emulator import http, jsonread
from wizard.servers.tensorflow_serving.emulator.incoming import Connection
from wizard.servers.tensorflow_serving.emulator.status import StatusError

from .record import HEAD, MUTATED, worded

RECORDED: list[tuple[str, str]] = [(text, answer) for text, answer in json.loads(MUTATED.read_text())]
LISTED = ("GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH")


def test_there_are_requests_of_every_outcome() -> None:
    kinds = {answer.partition(" ")[0] for _, answer in RECORDED}
    assert kinds == {"100", "200", "400", "404", "413", "417", "501", "waits"}
    assert len(RECORDED) >= 800


def handler(request: http.HttpRequest) -> http.HttpResponse | None:
    if not request.path.lower().startswith("/v1/"):
        return None
    if request.method == "OPTIONS":
        return http.HttpResponse(200 if re.search(rb"https?://", request.header("Origin")) else 400, (), b"")
    said = f'{{"body": {len(request.body)}}}\n'.encode()
    return http.HttpResponse(200, (("Content-Type", "application/json"),), said)


class Reading(socket.socket):
    """A server's end of a connection, which notes that it was read up to the client's end."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        data = super().recv(size, flags)
        if not data:
            Listening.read_to_the_end.add(self.getpeername()[1])
        return data


class Listening(socket.socket):
    """A listener whose connections note how far they were read."""

    read_to_the_end: ClassVar[set[int]] = set()
    """Ports of the clients."""

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        self.read_to_the_end.discard(address[1])
        return Reading(connection.family, connection.type, fileno=connection.detach()), address


@contextmanager
def answering(release: tuple[int, int, int]) -> Iterator[Callable[[str], str]]:
    """The emulator's HTTP server: the way to send it a request and be told what it says first.

    The client sends all it has to say and ends: a server that read to that end waited for more.
    """
    with Listening(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        http.serve(listener, handler, threads=4, release=release)

        def ask(text: str) -> str:
            received = b""
            with socket.create_connection(listener.getsockname(), timeout=PATIENCE) as client:
                client.sendall(text.encode("latin-1"))
                with suppress(OSError):
                    client.shutdown(socket.SHUT_WR)
                while not HEAD.match(received) and (chunk := client.recv(1 << 16)):
                    received += chunk
                waited = client.getsockname()[1] in listener.read_to_the_end
            return worded(None if waited and not received else received)

        yield ask


def test_the_emulator_reads_them_alike() -> None:
    with answering((2, 20, 0)) as ask:
        different = [(text, answer, got) for text, answer in RECORDED if (got := ask(text)) != answer]
    assert not different, different[:10]


def test_a_server_that_closes_without_an_answer_is_told_from_one_that_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    partial = "POST /v1/x HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"
    with answering((2, 20, 0)) as ask:
        assert ask(partial) == "waits"
        monkeypatch.setattr(Connection, "_exactly", lambda *_: (_ for _ in ()).throw(EOFError))
        assert ask(partial) == "closed"


def predicted(text: str) -> str:
    found = libevent.receive(text.encode("latin-1"))
    if isinstance(found, int):
        return str(found) if found else "waits"
    if found.method not in LISTED:
        return "501"
    place = target.parse(found.path)
    if place is None:
        return "400"
    if not place.path.lower().startswith("/v1/"):
        return "404"
    if found.method == "OPTIONS":
        return "200" if re.search("https?://", found.header("origin") or "") else "400"
    return f"200 {len(found.body or b'')}"


def test_the_prediction_reads_them_alike() -> None:
    different = [(text, answer, predicted(text)) for text, answer in RECORDED if predicted(text) != answer]
    assert not different, different[:10]


def test_json_is_read_as_the_servers_own_library_does() -> None:
    """What data/rapidjson_reader.cc said of texts made at random; the emulator's reader and the prediction's."""
    recorded: list[tuple[str, int]] = json.loads((MUTATED.parent / "rapidjson_cases.json").read_text())
    assert {verdict for _, verdict in recorded} == {0, 1, 2} and len(recorded) >= 300
    for text, verdict in recorded:
        data = text.encode("latin-1")
        assert (body.document(data) is not None) == (verdict == 2), text
        try:
            taken = isinstance(jsonread.read(data), dict)
        except StatusError:
            taken = False
        assert taken == (verdict == 2), text  # another value is refused like none


@pytest.mark.row("old-library")
def test_an_old_release_reads_them_as_its_older_library_does() -> None:
    get, post = "GET /v1/x HTTP/1.1", "POST /v1/x HTTP/1.1"
    texts = (
        f"{get}\r\nContent-Length: 3\r\n\r\n",
        f"{get} \r\n\r\n",
        f" {get}\r\n\r\n",
        f"{post}\r\nContent-Length: 99999999999999999999\r\n\r\nx",
        f"{post}\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n",
        f"{post}\r\nContent-Length: 3\r\n\r\nabc",
    )
    with answering((2, 16, 1)) as ask:
        for text in texts:
            found = libevent.receive(text.encode(), old=True)
            expected = str(found) if isinstance(found, int) else f"200 {len(found.body or b'')}"
            assert ask(text) == expected


class Watched(socket.socket):
    """A listener that keeps what it accepted."""

    accepted: list[socket.socket]

    def accept(self) -> tuple[socket.socket, Any]:
        connection, address = super().accept()
        self.accepted.append(connection)
        return connection, address


@pytest.mark.row("idle-connections")
@pytest.mark.parametrize("said", ["", "GET /v1", "GET /v1/x HTTP/1.1\r\nHost: x\r\n", "GET /v1/x HTTP/1.1\r\n\r\n"])
def test_no_connection_has_a_time_limit(said: str) -> None:
    with Watched(socket.AF_INET, socket.SOCK_STREAM) as listener:
        listener.accepted = []
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        http.serve(listener, handler, threads=2, release=(2, 20, 0))
        with socket.create_connection(listener.getsockname(), timeout=10) as connection:
            connection.sendall(said.encode())
            if said.endswith("\r\n\r\n"):
                assert connection.recv(1 << 16).startswith(b"HTTP/1.1 200")
            until(lambda: bool(listener.accepted), "the connection")
            # Not waited for: a socket without a limit waits for ever.
            assert [each.gettimeout() for each in listener.accepted] == [None]


def test_a_closed_listener_ends_what_accepts_on_it() -> None:
    before = set(threading.enumerate())
    with http.listen(0) as listener:
        pass
    http.serve(listener, handler, threads=2, release=(2, 20, 0))
    until(lambda: set(threading.enumerate()) <= before, "the end of the thread that accepts")


def test_an_error_in_the_handler_ends_the_connection(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def broken(request: http.HttpRequest) -> http.HttpResponse | None:
        raise RuntimeError("broken")

    with http.listen(0) as listener:
        http.serve(listener, broken, threads=2, release=(2, 20, 0))
        with socket.create_connection(("127.0.0.1", listener.getsockname()[1]), timeout=10) as connection:
            connection.sendall(b"GET /v1/x HTTP/1.1\r\n\r\n")
            assert connection.recv(1) == b""
    assert "request failed inside the emulator" in capsys.readouterr().err
