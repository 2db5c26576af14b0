"""Findings that are parts of one fact ("others get in, unencrypted, without a token"), which one word confirms."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wizard.deployment.finding import Finding
from wizard.exposure.findings.folding import Folded
from wizard.severity import severity_rank

_HEADS = {"expose": "Others get in", "control": "Callers decide about models", "share": "Web pages get in"}
"""What the parts of a fact have in common, by its word."""


@dataclass(frozen=True, slots=True)
class Confirmable:
    """What one confirmation is about."""

    sides: tuple[Folded, ...]
    """The worst first."""

    @property
    def finding(self) -> Finding:
        """The worst of them."""
        return min((side.finding for side in self.sides), key=lambda finding: severity_rank(finding.severity))

    @property
    def word(self) -> str:
        """What is typed to confirm it; a finding that belongs to no fact has the plainest word."""
        return self.finding.fact or "accept"

    @property
    def names(self) -> tuple[str, ...]:
        """What is recorded when it is confirmed: the name of every finding."""
        return tuple(name for side in self.sides for name in side.names)

    @property
    def sentence(self) -> str:
        """The fact in one sentence: first where it is open, then how."""
        if len(self.sides) == 1:
            return self.sides[0].sentence
        ordered = sorted(
            (side.finding for side in self.sides), key=lambda finding: not finding.cause.startswith("bind")
        )
        head = _HEADS.get(self.finding.fact, "Together")
        return f"{head}: {', '.join(dict.fromkeys(finding.in_short for finding in ordered))}."


def facts(found: Iterable[Folded]) -> tuple[Confirmable, ...]:
    """What has to be confirmed, one entry per fact, at the position of its first finding."""
    groups: dict[object, list[Folded]] = {}
    for each in found:
        groups.setdefault(each.finding.fact or each.names, []).append(each)
    return tuple(Confirmable(tuple(sides)) for sides in groups.values())
