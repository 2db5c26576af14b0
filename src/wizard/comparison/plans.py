"""Two Plans compared: what gets better and what gets worse, as values to draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from wizard.deployment.finding import Finding, rank
from wizard.exposure.findings.folding import Folded, fold, listed
from wizard.exposure.importance import is_missed
from wizard.exposure.reach import AUDIENCES, Cell
from wizard.plan import OUTSIDE_AUDIENCES
from wizard.servers.titles import api_title
from wizard.severity import Severity, severity_rank

if TYPE_CHECKING:
    from wizard.comparison.view import View
    from wizard.deployment import Deployment, Endpoint

_ALWAYS_FIRST = (False, False, -1)
_UNWELCOME = ("page-other", "page-rebinding")


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


class Changing(NamedTuple):
    """What an answer would change."""

    missed: tuple[Change, ...]
    """Asked for, and no longer granted."""
    unanswered: tuple[Change, ...]
    """What else has to be answered."""
    gains: tuple[Change, ...]
    losses: tuple[Change, ...]


def compare(before: View, after: View) -> Comparison:
    """What gets better and worse, and which cells and files differ."""
    gains: list[Change] = []
    losses: list[Change] = []
    _judge_callers(before.deployment, after.deployment, gains, losses)
    _judge_strangers(cell_changes(before, after), gains)
    _judge_findings(before, after, gains, losses)
    same = before.deployment.plan == after.deployment.plan
    return Comparison(tuple(gains), tuple(losses), same)


def changing(comparison: Comparison) -> Changing:
    """The differences after an answer in groups; the mere fact that a question was answered is no gain."""
    unanswered = tuple(c for c in comparison.losses if c.finding is not None and c.finding.asks)
    others = [change for change in comparison.losses if change not in unanswered]
    missed = tuple(c for c in others if c.wanted or (c.finding is not None and is_missed(c.finding)))
    losses = tuple(change for change in others if change not in missed)
    gains = tuple(c for c in comparison.gains if c.finding is None or not c.finding.asks)
    return Changing(missed, unanswered, gains, losses)


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
        return bool(OUTSIDE_AUDIENCES & set(audiences))
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
        elif severity_rank(latter[0].severity) <= severity_rank(former[0].severity):
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


def _changes(steps: Iterable[_Step], several: bool) -> Iterator[Change]:
    """One line for what several APIs have in common."""
    groups: dict[Severity | None, list[Finding]] = {}
    for step in steps:
        groups.setdefault(step.was, []).append(step.finding)
    for was, alike in groups.items():
        for folded in fold(alike, several):
            yield Change(folded.sentence, folded, was)
