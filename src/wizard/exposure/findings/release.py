"""What the chosen release itself means."""

from __future__ import annotations

from collections.abc import Iterator

from wizard import servers
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding
from wizard.exposure.findings.known import texts


def find(deployment: Deployment) -> Iterator[Finding]:
    """Whether anybody has seen a server of it."""
    plan = deployment.plan
    if servers.adapter(plan.server).abilities(plan.version).unverified:
        yield texts(plan.server).finding("RELEASE-UNSEEN")
