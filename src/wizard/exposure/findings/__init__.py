"""Implications: what a Deployment means for security, in plain sentences, and what to do instead."""

from __future__ import annotations

from collections.abc import Iterable

from wizard.deployment import Deployment
from wizard.exposure.findings.values import ORDER, Finding, Remedy, Severity

__all__ = ["ORDER", "Finding", "Remedy", "Severity", "assess", "at_least", "needs_confirmation", "worst"]


def assess(deployment: Deployment) -> tuple[Finding, ...]:
    """Every implication of a Deployment, what will not work first, then worst first; each id once."""
    from wizard.exposure.findings import binds, contradictions, cors, server

    found: dict[str, Finding] = {}
    for rules in (contradictions.find, binds.find, server.find, cors.find):
        for finding in rules(deployment):
            known = found.get(finding.id)
            if known is None or ORDER.index(finding.severity) < ORDER.index(known.severity):
                found[finding.id] = finding
    return tuple(sorted(found.values(), key=lambda f: ORDER.index(f.severity)))


def at_least(findings: Iterable[Finding], threshold: str, accepted: Iterable[str] = ()) -> tuple[Finding, ...]:
    """The findings at or above a severity that were not accepted. `none` = nothing counts, `functional` always does."""
    if threshold == "none":
        return ()
    confirmed = set(accepted)
    limit = [str(s) for s in ORDER].index(threshold)
    return tuple(
        f
        for f in findings
        if f.severity == "functional" or (ORDER.index(f.severity) <= limit and f.id not in confirmed)
    )


def needs_confirmation(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The findings that a person must confirm deliberately."""
    return tuple(f for f in findings if f.severity in ("critical", "high"))


def worst(findings: Iterable[Finding]) -> Severity | None:
    """The worst severity among them, None when there are none."""
    return min((f.severity for f in findings), key=ORDER.index, default=None)
