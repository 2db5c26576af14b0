"""Silence is a difference only where the server answers others, or nobody: a slow machine contradicts no prediction."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from wizard.prediction.values import UNREACHABLE, Probe
from wizard.trial import probes, second_look
from wizard.trial.probes import ProbeResult, measure_all
from wizard.trial.second_look import NO_ANSWER, SilentPlace


def probe(name: str, port: int = 80, predicted: str = "200") -> Probe:
    return Probe(name, "loopback-v4", "127.0.0.1", port, "inference", "http", predicted, path=f"/{name}")


def silent(*names: str) -> list[ProbeResult]:
    return [ProbeResult(probe(name), NO_ANSWER, "", 20.0) for name in names]


ANSWERED = [ProbeResult(probe("quick"), "200", "", 0.1), ProbeResult(probe("slow"), "200", "", 9.0)]


class Server:
    """Answers the probes that are named, and writes down what it was asked."""

    def __init__(self, *answers: str) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def __call__(self, asked: Probe, seconds: float) -> ProbeResult:
        self.asked.append(asked.id)
        return ProbeResult(asked, "200" if asked.id in self.answers else NO_ANSWER)


def settled(server: Server, *names: str, answered: list[ProbeResult]) -> list[bool | None]:
    found = second_look.settled(SilentPlace(silent(*names), answered), server, lambda: False)
    assert [result.probe.id for result in found] == list(names)
    return [result.agrees for result in found]


def test_what_is_answered_alone_is_what_was_measured() -> None:
    assert settled(Server("a", "b"), "a", "b", answered=ANSWERED) == [True, True]
    assert settled(Server("a", "b"), "a", "b", answered=[]) == [True, True]


def test_silence_while_another_request_is_answered_is_a_difference() -> None:
    server = Server("slow", "b")
    assert settled(server, "a", "b", answered=ANSWERED) == [False, True]
    assert server.asked == ["a", "slow", "b"], "what took longest to answer says most about how busy it is"


def test_a_listener_that_has_ceased_to_answer_decides_nothing() -> None:
    server = Server()
    assert settled(server, "a", "b", "c", answered=ANSWERED) == [None, None, None]
    assert server.asked == ["a", "slow"]
    (first, *_) = second_look.settled(SilentPlace(silent("a"), ANSWERED), server, lambda: False)
    assert first.measured.startswith("not measured: no answer within 60 s")


def test_a_listener_that_never_answers_anything_is_measured_as_such_and_asked_once_more_only() -> None:
    server = Server()
    assert settled(server, "a", "b", "c", answered=[]) == [False, False, False]
    assert server.asked == ["a"]


def test_many_that_stay_silent_do_not_make_a_trial_endless() -> None:
    server = Server("slow")
    assert settled(server, *"abcdefgh", answered=ANSWERED) == [False] * 8
    assert server.asked == ["a", "slow", "b", "slow", "c", "slow"]


def test_a_trial_that_is_to_end_asks_nothing_more() -> None:
    server = Server("a")
    assert second_look.settled(SilentPlace(silent("a"), ANSWERED), server, lambda: True) == [] == server.asked


def test_an_answer_of_another_listener_says_nothing_of_this_one() -> None:
    other = [ProbeResult(probe("other", 81), "200"), ProbeResult(probe("refused"), UNREACHABLE)]
    (listener,) = second_look.listeners(silent("a"), [*other, *ANSWERED])
    assert listener == SilentPlace(silent("a"), ANSWERED)


def test_silence_that_was_predicted_is_not_asked_for_again() -> None:
    assert not second_look.wanted(ProbeResult(probe("a", predicted=NO_ANSWER), NO_ANSWER))
    assert second_look.wanted(ProbeResult(probe("a"), NO_ANSWER))


def test_a_server_that_is_slow_at_first_contradicts_no_prediction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "ANSWER_S", 0.5)
    found: list[ProbeResult] = []
    with _answers_the_second_time() as port:
        results = measure_all([probe("a", port)], {}, None, found.append)
    assert [(result.measured, result.agrees) for result in results] == [("200", True)]
    assert list(results) == found, "it is told once, when it is settled"


def test_a_connection_that_is_cut_before_it_is_encrypted_is_tried_once_more() -> None:
    tried: list[bytes] = []

    def serve() -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            with connection:
                tried.append(connection.recv(65536))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        encrypted = replace(probe("a", int(listener.getsockname()[1])), tls=True)
        (result,) = measure_all([encrypted], {}, None, lambda _: None)
        thread.join(10)
    assert (result.measured, len(tried)) == (NO_ANSWER, 2), result


@contextmanager
def _answers_the_second_time() -> Iterator[int]:
    """The first request gets no answer, every other one 200."""
    kept = []

    def serve() -> None:
        kept.append(listener.accept()[0])
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listener.getsockname()[1])
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()
    for connection in kept:
        connection.close()
