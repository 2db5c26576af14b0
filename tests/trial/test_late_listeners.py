"""A listener that opens after the first answer of its server contradicts no prediction; one that never comes does."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable

import pytest

from tests.support.ports import free_port
from wizard.prediction.values import OPEN, UNREACHABLE, Probe
from wizard.trial import late_listeners
from wizard.trial.probes import ProbeResult, measure_all


def probe(name: str, port: int, predicted: str = OPEN) -> Probe:
    return Probe(name, "loopback-v4", "127.0.0.1", port, "grpc", "connect", predicted)


class Later(threading.Thread):
    """Listens at a port as soon as somebody has been told that nobody does."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self.port, self.missed, self.over = port, threading.Event(), threading.Event()
        self.start()

    def run(self) -> None:
        assert self.missed.wait(30)
        with socket.create_server(("127.0.0.1", self.port)):
            self.over.wait(30)


def test_what_opens_late_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    late = Later(free_port())
    monkeypatch.setattr(late_listeners, "places", _telling(late))
    told: list[ProbeResult] = []
    asked = [probe("a", late.port), probe("b", late.port)]
    results = measure_all(asked, {}, None, told.append)
    late.over.set()
    assert [(result.probe.id, result.agrees) for result in results] == [("a", True), ("b", True)]
    assert sorted(result.probe.id for result in told) == ["a", "b"], "each is told once, when it is settled"


def _telling(late: Later) -> object:
    original = late_listeners.places

    def places(results: Iterable[ProbeResult]) -> object:
        missed = list(results)
        assert [result.measured for result in missed] == [UNREACHABLE] * 2
        late.missed.set()
        return original(missed)

    return places


def test_what_never_opens_is_unreachable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(late_listeners, "LATE_S", 0.3)
    results = measure_all([probe("a", free_port())], {}, None, lambda _: None)
    assert [(result.measured, result.agrees) for result in results] == [(UNREACHABLE, False)]


def test_what_is_to_be_unreachable_or_has_answered_is_not_waited_for() -> None:
    begin = time.monotonic()
    results = measure_all([probe("a", free_port(), UNREACHABLE)], {}, None, lambda _: None)
    assert results[0].agrees and time.monotonic() - begin < late_listeners.LATE_S
    assert not late_listeners.wanted(ProbeResult(probe("a", 1, "200"), "401"))


def test_a_trial_that_is_to_end_waits_for_nothing() -> None:
    missed = [ProbeResult(probe("a", 1), UNREACHABLE), ProbeResult(probe("b", 1), UNREACHABLE)]

    def ask(_: Probe) -> ProbeResult:
        raise AssertionError("it is over")

    assert late_listeners.settled(missed, ask, lambda: True) == missed


def test_one_of_a_place_is_tried_and_the_others_follow() -> None:
    missed = [ProbeResult(probe(name, port), UNREACHABLE) for name, port in (("a", 1), ("b", 2), ("c", 1))]
    assert [[r.probe.id for r in place] for place in late_listeners.places(missed)] == [["a", "c"], ["b"]]


def test_a_gateway_that_reaches_nobody_yet_is_asked_again() -> None:
    """TorchServe opens management after inference; in between nginx answers 502."""
    answers = iter(("502", "200"))
    missed = [ProbeResult(probe("a", 1, "200"), "502")]
    assert late_listeners.wanted(missed[0])
    settled = late_listeners.settled(missed, lambda p: ProbeResult(p, next(answers)), lambda: False)
    assert [result.measured for result in settled] == ["200"]
    assert not late_listeners.wanted(ProbeResult(probe("a", 1, "502"), "502"))
