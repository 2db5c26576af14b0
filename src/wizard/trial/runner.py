"""The trial: start what was planned, probe it, report, tear it down. One call for every front end."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from wizard.errors import ExitCode, WizardError
from wizard.machine import files
from wizard.machine.project import Project
from wizard.prediction.probes import predict
from wizard.prediction.values import Probe
from wizard.trial import before_start, guard, owners
from wizard.trial.probes import FromContainer, ProbeResult, measure_all


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


@dataclass(frozen=True, slots=True)
class Options:
    """How to run a trial."""

    keep: bool = False
    ready_timeout: float = 120.0
    """Seconds until the server must answer a real prediction."""
    deadline: float = 600.0
    """Seconds from the start of the server, more than `ready_timeout`: then the trial is ended, also a kept one."""
    image: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """How a trial went. `results` is empty when it never became ready."""

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
    """Seconds until that one is ended."""
    problem: str = ""
    emulated: bool = False

    @property
    def differing(self) -> tuple[ProbeResult, ...]:
        """The probes that contradict their prediction."""
        return tuple(r for r in self.results if r.agrees is False)

    @property
    def agreeing(self) -> tuple[ProbeResult, ...]:
        """The probes that measured what was predicted; what was not measured is neither."""
        return tuple(r for r in self.results if r.agrees)

    @property
    def agrees(self) -> bool:
        """Whether it started, something could be measured, and nothing contradicts its prediction."""
        return self.started and bool(self.agreeing) and not self.differing

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


class Running(Protocol):
    """A started deployment, whatever runs it."""

    trial_id: str
    image: str
    emulated: bool

    def wait_ready(self, timeout: float, cancel: Cancel) -> float:
        """Wait for a real answer; returns seconds. Raises WizardError with the reason when it will not come."""

    def tokens(self) -> dict[str, str]:
        """API -> the token that is right for it."""

    def from_container(self) -> FromContainer | None:
        """Measures the container vantage points, None where there are no containers."""

    def log_tail(self, lines: int = 20) -> tuple[str, ...]:
        """The last lines of the log, without secrets."""

    def stop(self) -> None:
        """End and remove everything. Safe to call twice."""


@dataclass
class Cancel:
    """A switch that ends a trial at the next safe point."""

    event: threading.Event = field(default_factory=threading.Event)
    overdue: bool = False
    """It was the deadline that switched it."""

    def __call__(self) -> bool:
        """Whether it was switched."""
        return self.event.is_set()

    def check(self) -> None:
        """Raises WizardError when it was switched."""
        if self.overdue:
            raise WizardError(
                "The trial took longer than its deadline and was ended",
                hint="See the log for what it was waiting for.",
                exit_code=ExitCode.ENVIRONMENT,
            )
        if self():
            raise WizardError("The trial was cancelled", exit_code=ExitCode.INTERRUPTED)

    @contextmanager
    def deadline(self, seconds: float) -> Iterator[None]:
        """Switch it when the block takes longer."""

        def expire() -> None:
            self.overdue = True
            self.event.set()

        timer = threading.Timer(seconds, expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()


def run(
    project: Project,
    options: Options,
    emit: Callable[[Event], None],
    cancel: Cancel | None = None,
    visit: Callable[[Running], None] | None = None,
) -> Report:
    """Start, wait, probe, report; tears everything down unless `keep` was asked for, also on any exception.

    `visit` is called with the probed deployment while it runs, if it started.
    Raises WizardError (exit code 3) when the environment lacks something.
    """
    cancel = cancel or Cancel()
    owners.sweep()
    project, folder = stage(project)
    running: Running | None = None
    keep = False
    try:
        probes = predict(project.deployment, sample_bodies(project))
        hindered = before_start.hindered(project.deployment, probes)
        for reason in sorted(set(hindered.values())):
            emit(StageEvent("start", f"part of the probes cannot be measured: {reason}"))
        running = start(project, options, folder, emit, cancel)
        begun = time.monotonic()
        with cancel.deadline(options.deadline):
            measure = partial(_measure, probes, running, emit, cancel, hindered)
            report = _probe(project, options, running, measure, emit, cancel)
        if visit and report.started:
            visit(running)
        if options.keep and report.started:
            left = max(0.0, options.deadline - (time.monotonic() - begun))
            guard.watch(left + 1.0, folder)
            keep = True
            return replace(report, kept=running.trial_id, kept_s=left)
        return report
    finally:
        with uninterrupted():
            if running is not None and not keep:
                emit(StageEvent("down", "removing what the trial made"))
                running.stop()
                emit(StageEvent("down", "what the trial made is removed", 1.0))
            if not keep:
                owners.remove_folder(str(folder))
                owners.forget(folder)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Tidying up goes on to its end: a second Ctrl-C waits, and so does the end of a terminal that is closed."""
    import signal

    from wizard.machine import signals

    with signals.handled(signal.SIG_IGN, signals.INTERRUPT, *signals.TERMINATE):
        yield


def stage(project: Project) -> tuple[Project, Path]:
    """A folder of its own with the files of the deployment, secrets included, and the project made ready for it."""
    from wizard.machine import tokens
    from wizard.machine.project import moved

    folder = Path(tempfile.mkdtemp(prefix=owners.FOLDER_PREFIX))
    try:
        owners.record(folder)
        folder.chmod(0o755)
        project = moved(project, folder)
        files.write_set(project.files, folder)
        tokens.ensure(project.deployment, folder)
    except BaseException:
        owners.remove_folder(str(folder))
        owners.forget(folder)
        raise
    return project, folder


def start(project: Project, options: Options, folder: Path, emit: Callable[[Event], None], cancel: Cancel) -> Running:
    """Start the deployment the way its Plan says."""
    if project.deployment.plan.run.how == "native":
        from wizard.trial.native_backend import start as start_native

        return start_native(project, options, folder, emit)
    from wizard.trial.docker_backend import start as start_docker

    return start_docker(project, options, folder, emit, cancel)


def _probe(
    project: Project,
    options: Options,
    running: Running,
    measure: Callable[[], tuple[ProbeResult, ...]],
    emit: Callable[[Event], None],
    cancel: Cancel,
) -> Report:
    deployment = project.deployment
    emit(StageEvent("ready", "waiting for a real answer"))
    problem, seconds = "", None
    results: tuple[ProbeResult, ...] = ()
    try:
        seconds = running.wait_ready(options.ready_timeout, cancel)
        emit(StageEvent("ready", f"ready after {seconds:.1f} s", 1.0))
        results = measure()
        cancel.check()
    except WizardError as error:
        if error.exit_code == ExitCode.INTERRUPTED or cancel.overdue:
            raise
        problem = str(error)
    return Report(
        server=deployment.plan.server,
        version=deployment.plan.version,
        image=running.image,
        started=seconds is not None,
        ready_s=None if seconds is None else round(seconds, 2),
        results=results,
        log_tail=running.log_tail(),
        problem=problem,
        emulated=running.emulated,
    )


def _measure(
    probes: Sequence[Probe],
    running: Running,
    emit: Callable[[Event], None],
    cancel: Cancel,
    hindered: Mapping[str, str],
) -> tuple[ProbeResult, ...]:
    total = len(probes)
    emit(StageEvent("probes", f"{total} probes", 0.0))
    measured = partial(ProbeDone, total=total)
    tokens, inside = running.tokens(), running.from_container()
    return measure_all(probes, tokens, inside, lambda r: emit(measured(r)), cancel, hindered)


def sample_bodies(project: Project) -> Mapping[str, str]:
    """Model name -> body of the request to try."""
    from wizard.machine import modelcheck

    return modelcheck.samples(project.reports)


def secrets_removed(text: str, tokens: Mapping[str, str]) -> str:
    """A log line without tokens."""
    for token in tokens.values():
        if token:
            text = text.replace(token, "…")
    return text
