"""The trial: start what was planned, probe it, report, remove it. One function for every front end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial

from wizard.errors import ExitCode, WizardError
from wizard.machine import files, signals, tokens
from wizard.machine.project import Project, moved
from wizard.prediction.probes import predict
from wizard.prediction.values import Probe
from wizard.trial import before_start, by_hand, guard, marks, readiness, records, sweep
from wizard.trial.backend import Cancel, Options, RunningTrial, disk
from wizard.trial.docker_backend import DockerTrial
from wizard.trial.events import Emit, ProbeDone, StageEvent
from wizard.trial.marks import Mark
from wizard.trial.native_backend import NativeTrial
from wizard.trial.probes import ProbeResult, measure_all
from wizard.trial.report import Report


def run(
    project: Project,
    options: Options,
    emit: Emit,
    cancel: Cancel | None = None,
    visit: Callable[[RunningTrial], None] | None = None,
) -> Report:
    """Start, wait, probe, report; removes everything unless `keep` was asked for, even after an exception.

    `visit` is called with the probed deployment while it runs, if it started; it watches `cancel` itself. A signal that
    tells the program to end sets `cancel` and interrupts nothing, so that nothing can have been made without being
    recorded. Raises WizardError (exit code 3 if the environment lacks something or something of the trial may be left,
    130 if cancelled), and signals.Ended if the program should end.
    """
    cancel = cancel or Cancel()
    sweep.sweep()
    with signals.held(cancel.event.set), _removed_after(marks.new(), emit) as made:
        project = _staged(project, made.mark)
        made.running = running = _backend(project, options, made.mark, emit)
        cancel.check()
        probes = predict(project.deployment, project.samples)
        hindered = before_start.hindered(project.deployment, probes)
        for reason in sorted(set(hindered.values())):
            emit(StageEvent("start", f"part of the probes cannot be measured: {reason}"))
        running.up(cancel)
        begun = time.monotonic()
        with cancel.deadline(options.deadline):
            measure = partial(_measure, probes, running, emit, cancel, hindered)
            report = _probe(project, options, running, measure, emit, cancel)
        if visit and report.started:
            visit(running)
        if options.keep and report.started and not cancel():
            left = max(0.0, options.deadline - (time.monotonic() - begun))
            guard.watch(left + 1.0, made.mark)
            made.kept = True
            report = replace(report, kept=made.mark.id, kept_s=left, request=by_hand.request(project, made.mark))
    return report


@dataclass
class _Made:
    """What there is to remove."""

    mark: Mark
    running: RunningTrial | None = None
    kept: bool = False


@contextmanager
def _removed_after(mark: Mark, emit: Emit) -> Iterator[_Made]:
    """The one place where a trial is removed, whatever ended it.

    Raises WizardError that says what may be left; after another error, it is added to that one.
    """
    made = _Made(mark)
    try:
        yield made
    except WizardError as problem:
        left = _remove(made, emit)
        problem.detail = "\n".join(part for part in (problem.detail, left) if part)
        raise
    except BaseException:
        _remove(made, emit)
        raise
    left = "" if made.kept else _remove(made, emit)
    if left:
        raise WizardError("The trial was not removed completely", left, exit_code=ExitCode.ENVIRONMENT)


def _remove(made: _Made, emit: Emit) -> str:
    """Remove the trial.

    Returns a sentence about what may be left, "" = nothing. Nothing is reported for a trial that ended before it
    started anything.
    """
    begun = records.begun(made.mark)

    def tell(text: str, progress: float | None = None) -> None:
        if not begun:
            return
        with suppress(Exception):  # a closed terminal accepts no output, which does not matter here
            emit(StageEvent("down", text, progress))

    left = []
    if made.running is not None:
        tell("removing what the trial made")
        try:
            made.running.stop()
        except WizardError as problem:
            left.append(problem.title)
    if not records.remove_folder(str(made.mark.folder), made.mark.id):
        left.append(f"{made.mark.folder} could not be removed completely")
    if left:
        return f"{'; '.join(left)}. The next trial, or serving-wizard down, removes what is left."
    records.forget(made.mark)
    tell("what the trial made is removed", 1.0)
    return ""


def _staged(project: Project, mark: Mark) -> Project:
    """The project in the trial's folder, with all its files and secrets. Nothing is started yet."""
    records.write(mark)
    with disk(mark.folder):
        records.make_folder(mark)
    project = moved(project, mark.folder)
    with disk(mark.folder):
        files.write_set(project.files, mark.folder)
        tokens.ensure(project.deployment, mark.folder)
    return project


def _backend(project: Project, options: Options, mark: Mark, emit: Emit) -> RunningTrial:
    """What runs the deployment in the way its Plan says."""
    if project.deployment.plan.native:
        return NativeTrial(project, options, mark, emit)
    return DockerTrial(project, options, mark, emit)


def _probe(
    project: Project,
    options: Options,
    running: RunningTrial,
    measure: Callable[[], tuple[ProbeResult, ...]],
    emit: Emit,
    cancel: Cancel,
) -> Report:
    deployment = project.deployment
    emit(StageEvent("ready", "waiting for a real answer"))
    problem, seconds = "", None
    results: tuple[ProbeResult, ...] = ()
    try:
        seconds = readiness.wait(running, options.ready_timeout, cancel)
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
    running: RunningTrial,
    emit: Emit,
    cancel: Cancel,
    hindered: Mapping[str, str],
) -> tuple[ProbeResult, ...]:
    total = len(probes)
    emit(StageEvent("probes", f"{total} probes", 0.0))
    measured = partial(ProbeDone, total=total)
    tokens, inside = running.tokens(), running.from_container()
    return measure_all(probes, tokens, inside, lambda r: emit(measured(r)), cancel, hindered)
