"""What the chosen release itself means."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from wizard import registry
from wizard.deployment import Deployment
from wizard.deployment.finding import Finding, remedy
from wizard.exposure.findings.known import texts

_ALIKE = 0.85
"""How similar two image names have to be, from 0 to 1, for one to be a misspelling of the other."""
_LETTERS = 2
"""Maximum difference in length, in characters: a longer suffix means another image."""


def find(deployment: Deployment) -> Iterator[Finding]:
    """Whether a server of this release was examined, and whether its image has the expected name."""
    plan = deployment.plan
    adapter = registry.adapter(plan.server)
    usual = adapter.image(plan.version, plan.run.gpu)
    if plan.contained and _misspelt(plan.run.image, usual):
        fix = remedy(f"Use {usual}", run__image="")
        message = f"{plan.run.image} is nearly, but not, the name of the server's own image, {usual}."
        yield texts(plan.server).finding("IMAGE-NEAR", remedies=(fix,), message=message)
    if adapter.abilities(plan.version).unverified:
        yield texts(plan.server).finding("RELEASE-UNSEEN")


def _misspelt(given: str, usual: str) -> bool:
    """Whether an image is probably meant to be the official one. An image from another registry is not."""
    name, meant = given.partition(":")[0], usual.rpartition(":")[0]
    if not given or name.endswith(meant) or abs(len(name) - len(meant)) > _LETTERS:
        return False
    return difflib.SequenceMatcher(None, name, meant).ratio() > _ALIKE
