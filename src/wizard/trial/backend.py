"""What every way of running a trial gets, and what it promises."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from wizard.errors import ExitCode, WizardError
from wizard.trial.marks import Mark
from wizard.trial.probes import FromContainer
from wizard.trial.readiness import Started


@dataclass(frozen=True, slots=True)
class Options:
    """How to run a trial."""

    keep: bool = False
    ready_timeout: float = 120.0
    """Seconds within which the server must answer a real prediction."""
    deadline: float = 600.0
    """Seconds from the start of the server, more than `ready_timeout`, after which the trial is ended, even a kept
    one."""
    image: str = ""


@dataclass
class Cancel:
    """A switch that ends a trial at the next safe point."""

    event: threading.Event = field(default_factory=threading.Event)
    overdue: bool = False
    """The deadline set it."""

    def __call__(self) -> bool:
        """Whether it is set."""
        return self.event.is_set()

    def check(self) -> None:
        """Raises WizardError if it is set."""
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
        """Set it if the block takes longer."""

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


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Write a trial's files. Raises WizardError (exit code 3) if the disk refuses."""
    try:
        yield
    except OSError as problem:
        raise WizardError(
            f"The trial's files could not be written: {problem.strerror or problem}",
            f"in {folder}",
            f"Free some space in {folder.parent}, or set TMPDIR to another folder.",
            ExitCode.ENVIRONMENT,
        ) from problem


class RunningTrial(Started, Protocol):
    """A deployment that is tried, however it is run. Creating one starts nothing."""

    mark: Mark
    image: str
    emulated: bool

    def up(self, cancel: Cancel) -> None:
        """Start everything. Raises WizardError if that is not possible; `stop` then removes what exists already."""

    def from_container(self) -> FromContainer | None:
        """Measures from the container vantage points; None if there are no containers."""

    def stop(self) -> None:
        """Stop and remove everything but the folder. Raises WizardError if something may be left."""
