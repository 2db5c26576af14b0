"""Implications: what a Deployment means for security, in plain sentences, and what to do instead.

A finding belongs to an API: the same risk of two APIs is two findings, each of which is accepted for itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from wizard.deployment import Deployment
from wizard.deployment.finding import ORDER, Finding, Remedy, Severity

__all__ = ["ORDER", "Finding", "Remedy", "Severity", "assess", "at_least", "ordered", "waiting"]


def assess(deployment: Deployment) -> tuple[Finding, ...]:
    """Every implication of a Deployment, what will not work first, then worst first; each key once."""
    from wizard.exposure.findings import binds, contradictions, cors, server

    found: dict[tuple[str, str, str], Finding] = {}
    for rules in (contradictions.find, binds.find, server.find, cors.find):
        for finding in rules(deployment):
            known = found.get(finding.key)
            if known is None or ORDER.index(finding.severity) < ORDER.index(known.severity):
                found[finding.key] = finding
    return ordered(found.values())


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """What will not work first, then worst first, otherwise in the order given."""
    return tuple(sorted(findings, key=lambda f: ORDER.index(f.severity)))


def at_least(findings: Iterable[Finding], threshold: str, accepted: Iterable[str] = ()) -> tuple[Finding, ...]:
    """The findings at or above a severity that were not accepted. `none` = nothing counts, `functional` always does."""
    if threshold == "none":
        return ()
    confirmed = set(accepted)
    limit = [str(s) for s in ORDER].index(threshold)
    return tuple(
        f
        for f in findings
        if f.severity == "functional" or (ORDER.index(f.severity) <= limit and f.name not in confirmed)
    )


def waiting(findings: Iterable[Finding], accepted: Iterable[str]) -> tuple[Finding, ...]:
    """The findings that a person must confirm deliberately and has not."""
    confirmed = set(accepted)
    return tuple(f for f in findings if f.severity in ("critical", "high") and f.name not in confirmed)
