"""Implications: what a Deployment means for security, in plain sentences, and what to do instead.

A finding belongs to an API: the same risk of two APIs is two findings, each of which is accepted separately.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from wizard import exposure, registry
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding, rank
from wizard.fast_start import modules_of
from wizard.severity import reaches, severity_rank

if TYPE_CHECKING:
    from wizard.exposure.findings import acceptance as acceptance
    from wizard.exposure.findings import binds as binds
    from wizard.exposure.findings import callers as callers
    from wizard.exposure.findings import certificate as certificate
    from wizard.exposure.findings import contradictions as contradictions
    from wizard.exposure.findings import cors as cors
    from wizard.exposure.findings import facts as facts
    from wizard.exposure.findings import folding as folding
    from wizard.exposure.findings import powers as powers
    from wizard.exposure.findings import release as release
    from wizard.exposure.findings import unused as unused
    from wizard.exposure.findings import visitors as visitors
else:
    __getattr__ = modules_of(__name__)


def assess(deployment: Deployment) -> tuple[Finding, ...]:
    """Every implication of a Deployment in the order of `rank`, each key once.

    If two rules report the same, the texts of the first are used (a server's own come before the general ones), with
    the higher severity.
    """
    own = registry.adapter(deployment.plan.server).findings
    found: dict[tuple[str, str, str], Finding] = {}
    general = (
        exposure.findings.powers.find,
        exposure.findings.release.find,
        exposure.findings.binds.find,
        exposure.findings.cors.find,
        exposure.findings.visitors.find,
        exposure.findings.unused.find,
    )
    for rules in (exposure.findings.contradictions.find, exposure.findings.callers.find, own, *general):
        for finding in rules(deployment):
            known = found.setdefault(finding.key, finding)
            if severity_rank(finding.severity) < severity_rank(known.severity):
                found[finding.key] = replace(known, severity=finding.severity)
    return ordered(found.values())


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """The most urgent first, otherwise in the order given."""
    return tuple(sorted(findings, key=rank))


def at_least(findings: Iterable[Finding], threshold: str, accepted: Iterable[str] = ()) -> tuple[Finding, ...]:
    """The findings that reach a severity and were not accepted; that something will not work, nobody can accept."""
    confirmed = set(accepted)
    return tuple(
        f
        for f in findings
        if reaches(f.severity, threshold) and (f.severity == "functional" or f.name not in confirmed)
    )


def waiting(findings: Iterable[Finding], accepted: Iterable[str]) -> tuple[Finding, ...]:
    """The findings that a person must deliberately confirm, and has not."""
    confirmed = set(accepted)
    return tuple(f for f in findings if f.severity in ("critical", "high") and f.name not in confirmed)
