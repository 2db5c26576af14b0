"""A trial drawn: how it ended or how far it is; and apart from that its stages, the probes or the log."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from wizard.trial.events import LogLine, ProbeDone, StageEvent
from wizard.widgets.flow import Lines, clipped, text, wrapped
from wizard.widgets.probes import probe_lines

if TYPE_CHECKING:
    from wizard.session.session import Session
    from wizard.trial.events import Event
    from wizard.trial.probes import ProbeResult
    from wizard.trial.report import Report

_LOG_LINES = 8
_LOG_KEPT = 200
_DIFFERING = 3
"""Probes that differ and are shown with the verdict; the table has them all."""


@dataclass(slots=True)
class Progress:
    """What is known about a trial so far."""

    stages: dict[str, str] = field(default_factory=dict)
    """The last message of each stage, in order."""
    log_lines: list[str] = field(default_factory=list)
    results: list[ProbeResult] = field(default_factory=list)
    total: int = 0
    """How many probes there will be; 0 = not known yet."""
    report: Report | None = None
    problem: str = ""
    """Why there is no report."""
    stopped: bool = False
    """Somebody wanted it to end."""
    left: tuple[str, ...] = ()
    """Where the report was left, one sentence each."""
    kept: str | None = None
    """It was probed and keeps running: a request to paste, "" if there is none; None = it does not."""
    script: str = ""
    """A command in the written files that also sends one; "" = none."""

    @property
    def unfinished(self) -> str:
        """The stage in which it was stopped or failed; cleaning up comes after it and is done."""
        before = [stage for stage in self.stages if stage != "down"]
        cut_short = "down" in self.stages and (before[-1:] != ["probes"] or len(self.results) < self.total)
        return before[-1] if before and (self.problem or cut_short) else ""

    @property
    def probed(self) -> bool:
        """Whether every probe has a result."""
        return 0 < self.total <= len(self.results)

    def happened(self, event: Event) -> None:
        """Record an event of the trial."""
        if isinstance(event, StageEvent):
            self.stages[event.stage] = event.text
        elif isinstance(event, LogLine):
            self.log_lines = [*self.log_lines[-_LOG_KEPT:], event.text]
        elif isinstance(event, ProbeDone):
            self.results.append(event.result)
            self.total = event.total


def _written(session: Session, width: int) -> Lines:
    """What was written just before, and what is to be said of it; [] where the answers are others by now."""
    outcome = session.outcome
    if outcome is None or not session.up_to_date:
        return []
    head = text("✓ ", "bold $text-success")
    lines = wrapped(f"{len(outcome.written)} files in {outcome.target}", width, "$foreground-muted", head, 2)
    return [*lines, *(line for said in outcome.to_say for line in wrapped(said, width, "", "  ", 2)), text("")]


def ending_lines(session: Session, found: Progress, running: bool, left: str, width: int) -> Lines:
    """How it ended; before that, what was written for it, and how far it is.

    `left`: the time that one which is kept running has left.
    """
    ended = found.report is not None or found.problem
    lines = _ending(found, running, left, width)
    return [*([] if ended else _written(session, width)), *lines, *([text("")] if lines else [])]


def progress_lines(found: Progress, running: bool, width: int) -> Lines:
    """The stages, and what each of them brought."""
    lines: Lines = []
    for stage, what in found.stages.items():
        last = stage == list(found.stages)[-1] and running and not (stage == "probes" and found.probed)
        mark = text("● ", "$text-accent") if last else text("✓ ", "$text-success")
        if stage == found.unfinished:
            mark = text("– ", "$foreground-muted")
        lines += wrapped(what, width, "", mark + text(f"{stage:<8}", "bold"), 10)
    if found.report is not None and found.report.caution:
        lines += wrapped(found.report.caution, width, "$text-warning", text("■ ", "$text-warning"), 2)
    if found.results:
        lines += [text(""), *probe_lines(found.results, width)]
    elif running or found.problem:
        log = found.log_lines or (list(found.report.log_tail) if found.report else [])
        lines += [clipped(text(f"  | {line}", "$foreground-muted"), width) for line in log[-_LOG_LINES:]]
    return lines


def _ending(found: Progress, running: bool, left: str, width: int) -> Lines:
    if found.kept is not None:
        return _kept(found, found.kept, left, width)
    if running:
        stage = ": ".join(next(reversed(found.stages.items()), ("starting", "…")))
        done = f"{len(found.results)} of {found.total} probes …" if found.total else stage
        return [clipped(text("● ", "$text-accent") + text(done, "$foreground-muted"), width)]
    if found.report is None and not found.problem:
        return []
    if found.stopped:
        return wrapped("You stopped it, and everything it had started is removed.", width, "", "– ", 2)
    ended = _problem(found.problem, width) if found.problem or found.report is None else _verdict(found.report, width)
    told = (wrapped(said, width, "$text-secondary", "  ", 2) for said in found.left)
    return [*ended, *chain.from_iterable(told)]


def _problem(problem: str, width: int) -> Lines:
    lines: Lines = []
    for index, part in enumerate(problem.splitlines()):
        head = text("✗ ", "bold $text-error") if index == 0 else "  "
        lines += wrapped(part, width, "bold" if index == 0 else "", head, 2)
    return lines


def _verdict(report: Report, width: int) -> Lines:
    words = report.verdict
    if report.agrees:
        lines = wrapped(words, width, "bold", text("✓ ", "bold $text-success"), 2)
        way_on = "Enter shows how to start and call it; k starts it again and keeps it running."
        return lines + wrapped(way_on, width, "", "  ", 2)
    lines = wrapped(words, width, "bold", text("✗ ", "bold $text-error"), 2)
    lines += probe_lines(report.differing[:_DIFFERING], width)
    more = len(report.differing) - _DIFFERING
    return lines + (wrapped(f"and {more} more, below", width, "", "  ", 2) if more > 0 else [])


def _kept(found: Progress, pasted: str, left: str, width: int) -> Lines:
    agreeing = sum(result.agrees is True for result in found.results)
    words = f"It runs. {agreeing} of {len(found.results)} probes found what was predicted."
    lines = wrapped(words, width, "bold", text("● ", "bold $text-accent"), 2)
    lines += wrapped(f"It stops by itself in {left}. o sends it requests, esc stops it now.", width, "", "  ", 2)
    if pasted:
        lines += wrapped(pasted, width, "$text-secondary", text("From a shell, y copies: ", "bold $primary"), 4)
    if found.script:
        lines += wrapped(found.script, width, "$text-secondary", text("As a script: ", "bold $primary"), 4)
    return lines
