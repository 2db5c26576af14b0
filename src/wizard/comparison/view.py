"""Everything that is shown about one Plan on one Host."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wizard import artifacts
from wizard.deployment.finding import Finding
from wizard.exposure import findings, reach
from wizard.exposure.findings import ordered
from wizard.exposure.findings.acceptance import open_apis
from wizard.exposure.findings.folding import Folded, fold
from wizard.exposure.reach import Cell
from wizard.placement.resolve import resolve

if TYPE_CHECKING:
    from wizard.deployment import Deployment
    from wizard.host import Host
    from wizard.plan import Plan
    from wizard.servers.files import ConfigFile


@dataclass(frozen=True)
class View:
    """Everything that is shown about one Plan on one Host."""

    deployment: Deployment
    findings: tuple[Finding, ...]
    """Most urgent first."""
    cells: tuple[Cell, ...]
    assessed: tuple[Finding, ...]
    """Findings that follow from the Deployment alone, without looking at the disk."""

    @cached_property
    def files(self) -> tuple[ConfigFile, ...]:
        """The artifacts, rendered on first use. Raises WizardError for a value that no file can contain."""
        return artifacts.render(self.deployment, findings=self.assessed, cells=self.cells)

    @property
    def several(self) -> bool:
        """Whether more than one API is open, so that a sentence has to say which one it is about."""
        return len(open_apis(self.deployment)) > 1

    @property
    def folded(self) -> tuple[Folded, ...]:
        """The findings as they are drawn: what several APIs have in common is said once."""
        return fold(self.findings, self.several)


def look(plan: Plan, host: Host, models: tuple[Finding, ...] = ()) -> View:
    """Resolve a Plan, and derive findings and reach.

    Raises WizardError for an unknown version. `models`: what looking into the models found.
    """
    return view(resolve(plan, host), models)


def view(deployment: Deployment, models: tuple[Finding, ...] = ()) -> View:
    """The findings and the reach of a Deployment."""
    assessed = findings.assess(deployment)
    return View(deployment, ordered((*assessed, *models)), reach.reach(deployment), assessed)
