"""What is shown about a Plan, cached for a moment, and two of them compared while an answer is only looked at."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from wizard import comparison, machine, placement
from wizard import plan as plans
from wizard.exposure.importance import always, waits

if TYPE_CHECKING:
    from collections.abc import Callable

    from wizard.comparison.plans import Comparison
    from wizard.comparison.view import View
    from wizard.deployment.finding import Finding, Remedy
    from wizard.host import Host
    from wizard.models.report import ModelReport
    from wizard.plan import Plan
    from wizard.session.steps.base import Answer

_KEPT = 8


def _everywhere(finding: Finding) -> bool:
    del finding
    return True


class Preview(NamedTuple):
    """The present Plan compared with what an answer would make of it."""

    now: View | None = None
    """None before anything is loaded."""
    after: View | None = None
    """None if nothing is looked at, or if it is refused."""
    comparison: Comparison | None = None
    answer: Answer | None = None
    problem: str = ""
    """Why there is no `after`."""
    given: bool = False
    """The answer was given just now: `now` is the state before it."""
    asked_here: Callable[[Finding], bool] = _everywhere
    """Whether a finding is about the current question; minor ones that are not are collapsed there."""
    early: bool = False
    """The questions about exposure are still to come."""

    @property
    def label(self) -> str:
        """What is looked at."""
        return self.answer.label if self.answer else ""

    @property
    def head(self) -> str:
        """What is compared, as a line of text."""
        return f"With this: {self.label}" if self.given else f"{self.label}, compared with now:"

    @property
    def shown(self) -> View | None:
        """What is looked at, else the Plan as it is."""
        return self.after or self.now

    @property
    def remedy(self) -> Remedy | None:
        """The first fix of what is shown: for what gets worse, else for what is not collapsed."""
        if self.comparison is not None:
            found = [change.finding for change in self.comparison.losses if change.finding]
        else:
            shown = self.now.findings if self.now else ()
            weighed = (finding for finding in shown if not always(finding))
            found = [f for f in weighed if self.asked_here(f) or not (f.light or waits(f, self.early))]
        return next((each for finding in found for each in finding.remedies if not each.takes_back), None)


class Views:
    """Everything shown about a Plan; the last few are cached, because a cursor moves back and forth."""

    def __init__(self) -> None:
        self._reports: dict[tuple[str, str], ModelReport] = {}
        self._kept: list[tuple[Plan, View]] = []

    def report(self, path: str, server: str) -> ModelReport | None:
        """What is at a model path, as far as it was looked into."""
        return self._reports.get((path, server))

    def found(self, path: str, server: str, report: ModelReport) -> bool:
        """A path was looked into; returns whether that is new."""
        if self._reports.get((path, server)) == report:
            return False
        self._reports[path, server] = report
        self._kept.clear()
        return True

    def forget(self) -> None:
        """Relative paths now start elsewhere: earlier results no longer count."""
        self._reports.clear()
        self._kept.clear()

    def missing(self, plan: Plan) -> tuple[tuple[str, str], ...]:
        """(path, server) of every model that was not looked into yet."""
        wanted = dict.fromkeys((model.path, plan.server) for model in plan.models if model.path)
        return tuple(key for key in wanted if key not in self._reports)

    def of(self, plan: Plan, host: Host, base: Path) -> View:
        """The view of a Plan whose relative paths start from `base`.

        Raises WizardError for a Plan that cannot be resolved.
        """
        known = next((view for seen, view in self._kept if seen is plan or seen == plan), None)
        if known is not None:
            return known
        # As it would be written: a native run is given whole paths, for some servers refuse others.
        deployment = placement.resolve.resolve(plans.answers.rebase(plan, base, base) if plan.native else plan, host)
        reports = {m.name: self.report(m.path, plan.server) for m in plan.models}
        seen = {name: report for name, report in reports.items() if report is not None}
        view = comparison.view.view(deployment, machine.measured_findings.findings(deployment, seen, base))
        self._kept = [(plan, view), *self._kept[: _KEPT - 1]]
        return view
