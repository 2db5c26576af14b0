"""Progress of a trial: one line per stage, and bars for long stages if a person is watching."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wizard import console
from wizard.cli import draw
from wizard.harmless import harmless
from wizard.trial.events import Event, ProbeDone, StageEvent

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


@contextmanager
def events_shown() -> Iterator[Callable[[Event], None]]:
    """A function for a trial's events. Everything goes to standard error."""
    if not draw.moving():
        yield _line
        return
    # See `draw.paper`.
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(20), TimeElapsedColumn())
    # What passes is drawn and taken away again; what stays is written as lines, as without a terminal.
    with Progress(*columns, console=draw.paper(error=True), transient=True) as bars:
        yield _Bars(bars)


def _line(event: Event) -> None:
    if isinstance(event, StageEvent):
        if event.progress is None or event.progress in (0.0, 1.0):
            console.talk(f"{event.stage:7} {event.text}")
    elif isinstance(event, ProbeDone) and event.result.agrees is False:
        probe = event.result.probe
        console.talk(f"  ✗ {probe.id}: predicted {probe.predicted}, measured {event.result.measured}")


class _Bars:
    """One bar at a time, for the current stage."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._stage = ""
        self._bar: TaskID | None = None
        self._probed = 0

    def __call__(self, event: Event) -> None:
        """Move the bar, and write the lines that remain."""
        if isinstance(event, StageEvent):
            self._show(event.stage, event.text, event.progress)
            if event.progress == 1.0:
                _line(event)
        elif isinstance(event, ProbeDone):
            self._probed += 1
            self._show("probes", f"{self._probed} of {event.total} probes", self._probed / event.total)
            _line(event)

    def _show(self, stage: str, text: str, progress: float | None) -> None:
        if self._bar is None or stage != self._stage:
            if self._bar is not None:
                self._bars.remove_task(self._bar)
            self._stage, self._bar = stage, self._bars.add_task(harmless(text), total=None)
        total = None if progress is None else 1.0
        self._bars.update(self._bar, description=harmless(f"{stage:7} {text}"), total=total, completed=progress or 0.0)
