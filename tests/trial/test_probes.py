"""What keeps a probe from deciding counts neither for nor against, and nothing keeps a trial from ending."""

from __future__ import annotations

import errno
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from docker.errors import APIError, DockerException
from requests.exceptions import ConnectionError as NoEngine

from wizard.errors import WizardError
from wizard.prediction.values import OPEN, Probe
from wizard.trial import probes
from wizard.trial.probes import ProbeResult, measure_all

INSIDE = Probe("inside", "peer-container", "172.17.0.2", 80, "inference", "connect", OPEN)


@pytest.mark.parametrize(
    "problem",
    [
        NoEngine("Connection refused"),
        APIError("409 Client Error: container is not running"),
        DockerException("what"),
        OSError(errno.EPIPE, "Broken pipe"),
        TimeoutError("timed out"),
        WizardError("The Docker engine does not answer"),
        KeyError("IPAddress"),
    ],
    ids=lambda problem: type(problem).__name__,
)
def test_an_engine_that_fails_says_nothing_of_the_deployment(problem: Exception) -> None:
    def fails(probe: Probe) -> str:
        raise problem

    (result,) = measure_all([INSIDE], {}, fails, lambda _: None)
    assert result.agrees is None and result.measured.startswith("not measured: ")
    assert str(problem) in result.measured


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS, errno.ENETUNREACH, errno.EPERM])
def test_a_machine_that_cannot_try_says_nothing_of_the_deployment(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    def fails(*given: object, **named: object) -> socket.socket:
        raise OSError(number, "of this machine")

    monkeypatch.setattr(socket, "create_connection", fails)
    (result,) = measure_all([_of("127.0.0.1", 1)], {}, None, lambda _: None)
    assert result.agrees is None and "of this machine" in result.measured


def test_a_fault_of_our_own_is_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(probe: Probe) -> str:
        raise AssertionError("not thought of")

    monkeypatch.setattr(probes, "_connect", fails)
    (result,) = measure_all([_of("127.0.0.1", 1)], {}, None, lambda _: None)
    assert result.agrees is None and "not thought of" in result.measured


def test_a_trial_that_is_to_end_waits_for_no_answer() -> None:
    over = threading.Event()
    begin = time.monotonic()
    with _silent() as port:
        wanted = [Probe(f"n{n}", "loopback-v4", "127.0.0.1", port, "inference", "http", "200") for n in range(40)]
        threading.Timer(0.2, over.set).start()
        found: list[ProbeResult] = []
        results = measure_all(wanted, {}, None, found.append, over.is_set)
    assert len(results) == len(found) < len(wanted)
    assert time.monotonic() - begin < probes.ANSWER_S, "it waited for an answer"


def _of(address: str, port: int) -> Probe:
    return Probe("one", "loopback-v4", address, port, "inference", "connect", OPEN)


@contextmanager
def _silent() -> Iterator[int]:
    """Something that accepts every connection and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        yield int(listener.getsockname()[1])
