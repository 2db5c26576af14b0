"""What a trial reports while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from wizard.trial.probes import ProbeResult


@dataclass(frozen=True, slots=True)
class StageEvent:
    """A stage begins or goes on: `pull`, `start`, `ready`, `probes`, `down`. `progress` is 0 to 1, None = unknown."""

    stage: str
    text: str
    progress: float | None = None


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the server's or the gateway's log."""

    text: str
    source: str = "server"


@dataclass(frozen=True, slots=True)
class ProbeDone:
    """One probe was measured."""

    result: ProbeResult
    total: int


Event = StageEvent | LogLine | ProbeDone
Emit = Callable[[Event], None]
