"""What the worker of a trial tells its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from wizard.session.steps.base import Answer
    from wizard.trial.events import Event
    from wizard.trial.report import Report
    from wizard.trial.request_console import ConsoleRequest


class TrialEvent(Message):
    """Something happened in the trial."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self.event = event


class TrialKept(Message):
    """The trial was probed and keeps running.

    Carries a request to begin with (None if none was answered), and a command to paste ("" if there is none).
    """

    def __init__(self, request: ConsoleRequest | None, pasted: str) -> None:
        super().__init__()
        self.request = request
        self.pasted = pasted


class TrialEnded(Message):
    """The trial is over: a report and where it was left, or why there is none."""

    def __init__(
        self,
        report: Report | None,
        problem: str,
        left: tuple[str, ...] = (),
        elsewhere: Answer | None = None,
        stopped: bool = False,
        failed: bool | None = None,
    ) -> None:
        super().__init__()
        self.report = report
        self.problem = problem
        self.left = left
        self.elsewhere = elsewhere
        """The answer that avoids the problem."""
        self.stopped = stopped
        """Somebody wanted it to end, so that this is no failure."""
        self.failed = bool(problem and not stopped) if failed is None else failed
        """There is no result, and another way of trying may have one."""
