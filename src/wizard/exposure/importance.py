"""Which implications matter first: wishes that are not granted, what has to be weighed, and what is always true."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wizard.deployment.finding import Finding
    from wizard.exposure.findings.folding import Folded

_ALWAYS = ("server", "version", "models")
"""Causes that are not choices about who gets in: their implications are true whatever else is answered."""
_HEAVY = ("functional", "critical", "high")


class ByImportance(NamedTuple):
    """The implications of one Plan, in groups by how much they matter; in each group the worst first."""

    missed: tuple[Folded, ...]
    """Asked for, but not granted."""
    unanswered: tuple[Folded, ...]
    """Only an answer that a person knows is missing."""
    chosen: tuple[Folded, ...]
    """Caused by the answers and to be weighed, or about the current question."""
    minor: tuple[Folded, ...]
    """Only information, and caused by other answers."""
    later: tuple[Folded, ...]
    """To be weighed at a later question."""
    always: tuple[Folded, ...]
    """True of this server and these models, whatever is answered."""


def _nowhere(finding: Finding) -> bool:
    del finding
    return False


def present(
    findings: Iterable[Folded], asked_here: Callable[[Finding], bool] = _nowhere, early: bool = False
) -> ByImportance:
    """The findings about a Plan in groups.

    `asked_here`: whether a finding is about the current question; `early`: that question comes before those about
    exposure.
    """
    groups: dict[str, list[Folded]] = {name: [] for name in ByImportance._fields}
    for each in findings:
        groups[_group(each.finding, asked_here, early)].append(each)
    return ByImportance(**{name: tuple(members) for name, members in groups.items()})


def _group(finding: Finding, asked_here: Callable[[Finding], bool], early: bool) -> str:
    if finding.asks:
        return "unanswered"
    if is_missed(finding):
        return "missed"
    if always(finding):
        return "always"
    if asked_here(finding):
        return "chosen"
    return "minor" if finding.light else "later" if waits(finding, early) else "chosen"


def is_missed(finding: Finding) -> bool:
    """Whether something that was asked for is not granted, or does not work."""
    return finding.severity == "functional" or (finding.cause == "audiences" and not finding.light)


def waits(finding: Finding, early: bool) -> bool:
    """Whether it need not be weighed before its own question comes."""
    return early and finding.severity not in _HEAVY


def always(finding: Finding) -> bool:
    """Whether it is true of the server and its models whatever is answered, and minor enough to be collapsed."""
    return finding.cause in _ALWAYS and finding.severity not in _HEAVY
