"""What Docker says, whole, and in words a person can act on."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from docker.errors import APIError, BuildError, DockerException

from tests.support.ports import free_port
from wizard.errors import WizardError
from wizard.machine import docker_engine

PARENT = "failed to export image: failed to set parent sha256:3592: unknown parent image ID sha256:3592"


@pytest.mark.parametrize(
    "problem",
    [BuildError(PARENT, []), RuntimeError(PARENT), APIError(PARENT, explanation=PARENT)],
    ids=["a build", "a message of a pull", "an answer of the engine"],
)
def test_an_engine_that_works_is_not_to_be_installed(problem: Exception) -> None:
    said = docker_engine.translate(problem, "build the image")
    assert said.title == "Docker could not build the image"
    assert PARENT in said.detail and "Install" not in said.hint


@pytest.mark.parametrize(
    ("engine", "said"),
    [("", "put it back"), ("unix:///run/d.sock", "put it back"), ("tcp://far.example:2376", "runs elsewhere")],
)
def test_a_mount_that_vanished_is_blamed_on_another_machine_only_where_there_is_one(
    engine: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", engine)
    problem = APIError("x", explanation='invalid mount config for type "bind": bind source path does not exist: /m')
    hint = docker_engine.translate(problem, "start the server").hint
    assert said in hint and ("DOCKER_HOST" in hint) is ("far" in engine)


def test_an_engine_that_went_away_is_said_to_have_gone() -> None:
    gone = DockerException("Error while fetching server API version")
    gone.__cause__ = FileNotFoundError(2, "No such file or directory")
    assert "no Docker engine here" in docker_engine.translate(gone, "start the trial").title


@pytest.mark.images("serving-wizard-test/base:latest")
def test_nothing_is_lost_of_what_a_program_says_however_late_it_is_read(
    docker_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine the head of the answer and what follows it are there in one piece."""
    begin = http.client.HTTPResponse.begin

    def late(answer: http.client.HTTPResponse) -> None:
        time.sleep(0.3)  # the slow reader that this test is about
        begin(answer)

    container = docker_client.containers.run(
        "serving-wizard-test/base:latest", ["600"], entrypoint=["sleep"], detach=True, init=True
    )
    try:
        monkeypatch.setattr(http.client.HTTPResponse, "begin", late)
        code, said = docker_engine.execute(container, ["sh", "-c", "echo out; echo err >&2; exit 3"])
        assert code == 3
        assert sorted(said.split()) == [b"err", b"out"]
        assert docker_engine.execute(container, ["true"]) == (0, b"")
        monkeypatch.undo()
        with pytest.raises(APIError):
            container.remove(force=True)
            docker_engine.execute(container, ["true"])
    finally:
        with contextlib.suppress(APIError):
            container.remove(force=True)


@pytest.mark.parametrize(
    "body", ["null", "[]", "7", "{}", '{"ApiVersion": []}', '{"ApiVersion": "\\u001b]0;x"}', "[" * 9999]
)
def test_a_program_that_is_no_engine_is_said_to_be_none(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Other) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{server.server_port}")
        with pytest.raises(WizardError, match="DOCKER_HOST does not name a Docker engine"):
            docker_engine.connect()
        assert docker_engine.engine_facts().problem == "DOCKER_HOST does not name a Docker engine"
        server.shutdown()


def test_an_engine_that_hangs_is_not_waited_for_long_and_not_to_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docker_engine, "LOOK_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{silent.getsockname()[1]}")
        facts = docker_engine.engine_facts()
    assert facts.problem == "The Docker engine does not answer"
    assert "Install" not in facts.hint


@pytest.mark.parametrize(
    ("host", "said"), [("127.0.0.1", "Connection refused"), ("nowhere.invalid", "Name or service")]
)
def test_an_engine_that_is_not_reached_is_told_in_the_systems_words(
    host: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"tcp://{host}:{free_port()}"
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(WizardError) as failed:
        docker_engine.connect()
    assert failed.value.detail.startswith(f"{address}: {said}")
    assert "Pool" not in str(failed.value)
