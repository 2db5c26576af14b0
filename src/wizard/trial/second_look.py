"""A request that got no answer in time is sent again, alone and with more time: a slow machine is not a difference."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from wizard.prediction.values import Probe

if TYPE_CHECKING:
    from wizard.trial.probes import ProbeResult

NO_ANSWER = "no answer"
"""The result if a connection is accepted and nothing comes."""
NOT_MEASURED = "not measured"
PATIENT_S = 60.0
"""Seconds for an answer to a request that is sent alone."""
_ENOUGH = 3
"""After this many requests without an answer, while another one got one, the rest need not be sent again."""

Ask = Callable[[Probe, float], "ProbeResult"]
"""Sends a probe and waits that many seconds for the answer."""


class SilentPlace(NamedTuple):
    """An address and port, with the requests it did not answer and those it did."""

    silent: Sequence[ProbeResult]
    answered: Sequence[ProbeResult]


def wanted(result: ProbeResult) -> bool:
    """Whether a result is silence where an answer was predicted."""
    return result.measured == NO_ANSWER and result.agrees is False


def listeners(silent: Iterable[ProbeResult], others: Iterable[ProbeResult]) -> Iterator[SilentPlace]:
    """The silent results by listener, each with the results of other probes that it answered."""
    places: dict[tuple[str, int], list[ProbeResult]] = {}
    for result in silent:
        places.setdefault(_place(result), []).append(result)
    answered = [result for result in others if result.measured[:1].isdecimal()]
    for place, found in places.items():
        yield SilentPlace(found, [result for result in answered if _place(result) == place])


def settled(listener: SilentPlace, ask: Ask, cancelled: Callable[[], bool]) -> list[ProbeResult]:
    """The final results, in the order of the silent ones; fewer if the trial should end.

    Silence is a measurement if the listener answers another request, or has never answered any. If it no longer answers
    what it answered before, nothing can be said about the request: the server or the machine is overloaded.
    """
    found: list[ProbeResult] = []
    answered = max(listener.answered, key=lambda result: result.seconds, default=None)
    confirmed = 0
    for result in listener.silent:
        if cancelled():
            break
        if confirmed == _ENOUGH or (found and answered is None):
            found.append(result)
            continue
        again = ask(result.probe, PATIENT_S)
        if again.measured != NO_ANSWER:
            answered = again if again.measured[:1].isdecimal() else answered
        elif answered is not None:
            if ask(answered.probe, PATIENT_S).measured == NO_ANSWER:
                return [*found, *(_undecided(each) for each in listener.silent[len(found) :])]
            confirmed += 1
        found.append(again)
    return found


def _undecided(result: ProbeResult) -> ProbeResult:
    why = f"no answer within {PATIENT_S:.0f} s, and none to a request that was answered before: too busy to tell"
    return replace(result, measured=f"{NOT_MEASURED}: {why}", detail="")


def _place(result: ProbeResult) -> tuple[str, int]:
    return result.probe.address, result.probe.port
