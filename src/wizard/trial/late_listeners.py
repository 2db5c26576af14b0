"""A listener that is not there yet is tried for some more seconds: servers open one API before another."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from wizard.prediction.values import UNREACHABLE, Probe

if TYPE_CHECKING:
    from wizard.trial.probes import ProbeResult

LATE_S = 15.0
"""Seconds after the first attempt until a listener that nobody reached counts as unreachable.

On two processors with twenty busy programs, a server opened gRPC more than five seconds after its first answer.
"""
_PAUSE_S = 0.1

NOT_THERE = frozenset({UNREACHABLE, "502"})
"""What a client sees of a listener that is not open: nothing, or 502 (Bad Gateway) from the gateway in front of it."""

Ask = Callable[[Probe], "ProbeResult"]


def wanted(result: ProbeResult) -> bool:
    """Whether nothing was reached where an answer was predicted, or only the gateway."""
    return result.measured in NOT_THERE and result.agrees is False


def places(missed: Iterable[ProbeResult]) -> Iterable[Sequence[ProbeResult]]:
    """The results by vantage point, address and port."""
    found: dict[tuple[str, str, int], list[ProbeResult]] = {}
    for result in missed:
        found.setdefault((result.probe.vantage, result.probe.address, result.probe.port), []).append(result)
    return found.values()


def settled(missed: Sequence[ProbeResult], ask: Ask, cancelled: Callable[[], bool]) -> list[ProbeResult]:
    """The final results for one of these places, in the order of the first results."""
    end = time.monotonic() + LATE_S
    first, *others = missed
    while wanted(first) and time.monotonic() < end and not cancelled():
        time.sleep(_PAUSE_S)
        first = ask(first.probe)
    return [first, *(others if wanted(first) else (ask(result.probe) for result in others))]
