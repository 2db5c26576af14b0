"""Which implications matter first: what was asked for and is not got, what an answer changes, what is always so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from wizard.exposure.comparison import Change, Comparison
    from wizard.exposure.findings import Finding
    from wizard.exposure.findings.folding import Folded

_ALWAYS = ("server", "version", "models")
"""Causes that are no choice about who gets in: what they bring about is true whatever else is answered."""
_HEAVY = ("functional", "critical", "high")


class Mattering(NamedTuple):
    """The implications of one Plan, worst first in each group."""

    missed: tuple[Folded, ...]
    """Asked for, and not got."""
    chosen: tuple[Folded, ...]
    """What the answers bring about."""
    always: tuple[Folded, ...]
    """True of this server and these models, whatever is answered."""


class Changing(NamedTuple):
    """What an answer would change."""

    missed: tuple[Change, ...]
    """Asked for, and not got any more."""
    gains: tuple[Change, ...]
    losses: tuple[Change, ...]


def present(findings: Iterable[Folded]) -> Mattering:
    """The groups of what is said about a Plan."""
    found = tuple(findings)
    missed = tuple(each for each in found if _missed(each.finding))
    always = tuple(each for each in found if each not in missed and _always(each.finding))
    return Mattering(missed, tuple(each for each in found if each not in missed and each not in always), always)


def changing(comparison: Comparison) -> Changing:
    """The groups of what is different after an answer."""
    missed = tuple(c for c in comparison.losses if c.wanted or (c.finding is not None and _missed(c.finding)))
    losses = tuple(change for change in comparison.losses if change not in missed)
    return Changing(missed, comparison.gains, losses)


def _missed(finding: Finding) -> bool:
    return finding.severity == "functional" or finding.cause == "audiences"


def _always(finding: Finding) -> bool:
    return finding.cause in _ALWAYS and finding.severity not in _HEAVY
