"""The result of a trial."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from wizard.trial.probes import ProbeResult


@dataclass(frozen=True, slots=True)
class Report:
    """The result of a trial. `results` is empty if it never became ready."""

    server: str
    version: str
    image: str
    started: bool
    ready_s: float | None
    results: tuple[ProbeResult, ...]
    log_tail: tuple[str, ...]
    kept: str = ""
    """The id of a trial that was left running."""
    kept_s: float = 0.0
    """Seconds until it is ended."""
    request: str = ""
    """A command that sends it a request, as it can be pasted; "" = nothing here can call it."""
    problem: str = ""
    emulated: bool = False

    @property
    def caution(self) -> str:
        """What must be known before the results are read; "" = nothing."""
        return "An emulation ran, not the real server." if self.emulated else ""

    @property
    def differing(self) -> tuple[ProbeResult, ...]:
        """The probes that contradict their prediction."""
        return tuple(r for r in self.results if r.agrees is False)

    @property
    def agreeing(self) -> tuple[ProbeResult, ...]:
        """The probes with the predicted result; what was not measured is neither."""
        return tuple(r for r in self.results if r.agrees)

    @property
    def agrees(self) -> bool:
        """Whether it started, something could be measured, and nothing contradicts its prediction."""
        return self.started and bool(self.agreeing) and not self.differing

    @property
    def verdict(self) -> str:
        """How the probes ended, in a sentence or two. What could not be measured counts neither way."""
        open_ = len(self.results) - len(self.agreeing) - len(self.differing)
        measured = len(self.results) - open_
        left = f" {open_} could not be measured." if open_ else ""
        if self.agrees:
            return f"All {measured} probes{' that could be measured' if open_ else ''} found what was predicted.{left}"
        if self.differing:
            return f"{len(self.differing)} of {measured} probes found something else than predicted.{left}"
        return f"Nothing could be measured.{left}"

    def as_json(self) -> dict[str, Any]:
        """The documented shape of `try --format json`."""
        rows = [
            {
                "id": r.probe.id,
                "vantage": r.probe.vantage + (f" {r.probe.address}" if r.probe.address else ""),
                "request": r.probe.request,
                "predicted": r.probe.predicted,
                "measured": r.measured,
                "agrees": r.agrees,
            }
            for r in self.results
        ]
        return {
            "server": self.server,
            "version": self.version,
            "image": self.image,
            "started": self.started,
            "ready_s": self.ready_s,
            "probes": rows,
            "summary": {
                "agree": len(self.agreeing),
                "differ": len(self.differing),
                "not_measured": len(self.results) - len(self.agreeing) - len(self.differing),
            },
            "log_tail": list(self.log_tail),
        }
