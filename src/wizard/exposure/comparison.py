"""What would change: two Plans compared, as values to draw.

`look` derives everything that is shown about one Plan; `compare` says what gets better and worse between two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from wizard import artifacts
from wizard.exposure import findings, reach
from wizard.exposure.findings import ORDER, Finding, Severity, ordered, rank
from wizard.exposure.findings.acceptance import open_apis
from wizard.exposure.findings.folding import Folded, fold, listed
from wizard.exposure.reach import AUDIENCES, Cell
from wizard.placement.resolve import resolve
from wizard.servers.titles import api_title

if TYPE_CHECKING:
    from wizard.deployment import Deployment, Endpoint
    from wizard.host import Host
    from wizard.plan import Plan
    from wizard.servers.files import ConfigFile

_ALWAYS_FIRST = (False, False, -1)
_UNWELCOME = ("page-other", "page-rebinding")
_WIDE = ("lan", "web-app", "internet")
"""Audiences on other machines."""


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


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that gets better or worse."""

    text: str
    folded: Folded | None = None
    """The implication that appears (a loss) or disappears (a gain), or that replaces another."""
    was: Severity | None = None
    """The severity of the one it replaces; None if it replaces none."""
    wanted: bool = False
    """The change was asked for."""

    @property
    def finding(self) -> Finding | None:
        """The implication."""
        return self.folded.finding if self.folded else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """What is different after a change."""

    gains: tuple[Change, ...]
    losses: tuple[Change, ...]
    """Worst first."""
    nothing: bool
    """Whether both sides are the same Plan."""


def look(plan: Plan, host: Host, models: tuple[Finding, ...] = ()) -> View:
    """Resolve a Plan, and derive findings and reach.

    Raises WizardError for an unknown version. `models`: what looking into the models found.
    """
    return view(resolve(plan, host), models)


def view(deployment: Deployment, models: tuple[Finding, ...] = ()) -> View:
    """The findings and the reach of a Deployment."""
    assessed = findings.assess(deployment)
    return View(deployment, ordered((*assessed, *models)), reach.reach(deployment), assessed)


def compare(before: View, after: View) -> Comparison:
    """What gets better and worse, and which cells and files differ."""
    gains: list[Change] = []
    losses: list[Change] = []
    _judge_callers(before.deployment, after.deployment, gains, losses)
    _judge_strangers(cell_changes(before, after), gains)
    _judge_findings(before, after, gains, losses)
    same = before.deployment.plan == after.deployment.plan
    return Comparison(tuple(gains), tuple(losses), same)


def cell_changes(before: View, after: View) -> tuple[tuple[Cell, Cell], ...]:
    """(before, after) of each cell that differs."""
    old = {(cell.audience, cell.api): cell for cell in before.cells}
    found = []
    for cell in after.cells:
        was = old.get((cell.audience, cell.api))
        if was and (was.send, was.read, was.run) != (cell.send, cell.read, cell.run):
            found.append((was, cell))
    return tuple(found)


def callers(deployment: Deployment, endpoint: Endpoint) -> dict[str, str]:
    """Who can connect to an endpoint, as kind -> words; if a token is needed, this means callers with the token."""
    access, front = endpoint.access, endpoint.access.front
    if front is None:
        return {}
    found: dict[str, str] = {}
    if "you" in access.address_callers:
        found["here"] = "programs on this machine"
    if "lan" in access.address_callers:
        networks = [i.network for i in deployment.host.interfaces if i.address in front.host_addresses]
        named = f"machines on {networks[0]}" if networks else "machines on that network"
        found["machines"] = "other machines" if "" in front.host_addresses else named
    if "containers" in access.callers:
        found["containers"] = "other containers"
    if front.way("you") == "socket-file":
        found["socket"] = "anyone with access to the socket"
    return found


def _judge_callers(before: Deployment, after: Deployment, gains: list[Change], losses: list[Change]) -> None:
    """Who can call now and could not before, or the reverse."""
    opened: dict[str, list[str]] = {}
    closed: dict[tuple[str, bool], list[str]] = {}
    for endpoint in after.endpoints:
        former = before.endpoint(endpoint.api)
        if former is None:
            continue
        was, now = callers(before, former), callers(after, endpoint)
        token = "" if endpoint.auth == "none" else ", with the token"
        title = api_title(endpoint.api) + token
        for kind in now.keys() - was.keys():
            opened.setdefault(now[kind], []).append(title)
        for kind in was.keys() - now.keys():
            closed.setdefault((was[kind], _meant(kind, after.plan.audiences)), []).append(api_title(endpoint.api))
    gains += [Change(f"{who} can call {listed(apis)}") for who, apis in sorted(opened.items())]
    for (who, meant), apis in sorted(closed.items()):
        wanted = meant and bool(after.plan.audiences)
        (losses if meant else gains).append(Change(f"{who} can no longer call {listed(apis)}", wanted=wanted))


def _meant(kind: str, audiences: tuple[str, ...]) -> bool:
    """Whether losing these callers is a loss: they were named as callers, or nobody was named."""
    if not audiences:
        return True
    if kind == "machines":
        return any(audience in _WIDE for audience in audiences)
    return ("containers" in audiences) if kind == "containers" else bool({"me", "browser"} & set(audiences))


def _judge_strangers(cells: tuple[tuple[Cell, Cell], ...], gains: list[Change]) -> None:
    """Pages nobody listed that are now kept out. A finding says when they get in."""
    closed: dict[str, list[str]] = {}
    for was, now in cells:
        if was.audience in _UNWELCOME and was.send != "no" and now.send == "no":
            closed.setdefault(AUDIENCES[was.audience], []).append(api_title(was.api))
    gains += [Change(f"{who} can no longer send requests to {listed(apis)}") for who, apis in closed.items()]


@dataclass(frozen=True, slots=True)
class _Step:
    """A finding that appears or disappears, and the severity of the one it replaces."""

    finding: Finding
    was: Severity | None = None


def _judge_findings(before: View, after: View, gains: list[Change], losses: list[Change]) -> None:
    """What is said on one side only. Per family and API, the worst finding of each side is compared."""
    better: list[_Step] = []
    worse: list[_Step] = []
    known = {(f.key, f.severity) for f in before.findings}
    still = {(f.key, f.severity) for f in after.findings}
    gone = _families(f for f in before.findings if (f.key, f.severity) not in still)
    new = _families(f for f in after.findings if (f.key, f.severity) not in known)
    for family in {**gone, **new}:
        former, latter = gone.get(family, []), new.get(family, [])
        if not former or not latter:
            better += [_Step(finding) for finding in former]
            worse += [_Step(finding) for finding in latter]
        elif _rank(latter[0]) <= _rank(former[0]):
            was = None if former[0].severity == "info" else former[0].severity
            worse += [_Step(finding, was) for finding in latter]
        else:
            better.append(_Step(latter[0], former[0].severity))
    several = before.several or after.several
    gains += _changes((s for s in better if s.was or s.finding.severity != "info"), several)
    losses += sorted(
        _changes(worse, several), key=lambda change: rank(change.folded.finding) if change.folded else _ALWAYS_FIRST
    )


def _families(findings: Iterable[Finding]) -> dict[tuple[str, str, str], list[Finding]]:
    """Findings by family and API, worst first."""
    found: dict[tuple[str, str, str], list[Finding]] = {}
    for finding in findings:
        found.setdefault((finding.family, finding.api or "", finding.subject), []).append(finding)
    return found


def _rank(finding: Finding) -> int:
    return ORDER.index(finding.severity)


def _changes(steps: Iterable[_Step], several: bool) -> Iterator[Change]:
    """One line for what several APIs have in common."""
    groups: dict[Severity | None, list[Finding]] = {}
    for step in steps:
        groups.setdefault(step.was, []).append(step.finding)
    for was, alike in groups.items():
        for folded in fold(alike, several):
            yield Change(folded.sentence, folded, was)
