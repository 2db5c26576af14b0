"""What is asked of a container engine before anything is started, against engines of a few lines."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import UnixStreamServer

import pytest

from wizard.machine import engine_state


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/version":
            self._send(200, b'{"Version": "29.1.0"}')
        else:
            self._send(200 if self.path == "/images/local/one:1/json" else 404, b"{}")

    def _send(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass

    def address_string(self) -> str:
        return ""


@contextmanager
def engine(path: Path) -> Iterator[None]:
    with UnixStreamServer(str(path), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield
        server.shutdown()


def test_an_engine_is_asked_for_its_version_and_for_each_image(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    with engine(tmp_path / "engine.sock"):
        found = engine_state.look(("local/one:1", "local/two:1", "local/one:1"))
    assert found
    assert (found.version, found.problem) == ("29.1.0", "")
    assert found.images == (("local/one:1", True), ("local/two:1", False))


def test_no_engine_a_closed_door_and_silence_are_three_things(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "engine.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    missing = engine_state.look(("a",))
    assert missing
    assert missing.problem == "there is no Docker engine here"
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(path))
        silent.listen()
        begun = time.monotonic()
        hung = engine_state.look(("a",))
        assert time.monotonic() - begun < 20
    assert hung
    assert hung.problem == "the Docker engine does not answer"


def _trickle(engine: socket.socket) -> None:
    caller, _ = engine.accept()
    with caller, suppress(OSError):
        caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n")
        for _ in range(99):
            caller.sendall(b" ")
            time.sleep(0.2)  # the wait for each byte begins anew


def test_an_answer_that_trickles_in_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "engine.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    monkeypatch.setattr(engine_state, "_MOST_S", 0.5)
    with socket.socket(socket.AF_UNIX) as engine:
        engine.bind(str(path))
        engine.listen()
        threading.Thread(target=_trickle, args=(engine,), daemon=True).start()
        begun = time.monotonic()
        found = engine_state.look(("a",))
    assert found
    assert found.problem == "the Docker engine does not answer"
    assert time.monotonic() - begun < 15


@pytest.mark.parametrize("address", ["tcp://[::1", "tcp://here:99999", "tcp://here:x"])
def test_an_address_that_makes_no_sense_is_a_sentence(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    found = engine_state.look(("a",))
    assert found and found.problem == "the address of the Docker engine makes no sense"


def test_what_only_the_sdk_can_reach_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    for address in ("ssh://somebody@elsewhere", "npipe:////./pipe/docker_engine"):
        monkeypatch.setenv("DOCKER_HOST", address)
        assert engine_state.look(("a",)) is None
