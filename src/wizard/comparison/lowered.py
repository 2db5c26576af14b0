"""Protection that one deployment has, and the one that replaces it would not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.exposure.findings.folding import listed
from wizard.servers.titles import api_title

if TYPE_CHECKING:
    from wizard.deployment import Deployment, Endpoint


def lowered(before: Deployment, after: Deployment) -> tuple[str, ...]:
    """A token or encryption that is gone from an API that is still open, one sentence each."""
    pairs = [(was, now) for now in after.endpoints if (was := before.endpoint(now.api)) and _open(was) and _open(now)]
    token = [api_title(now.api) for was, now in pairs if was.auth != "none" and now.auth == "none"]
    tls = [api_title(now.api) for was, now in pairs if was.tls and not now.tls]
    found = [f"Callers of {listed(token)} have to show a token now, and would not any more."] if token else []
    return (*found, *([f"What goes to {listed(tls)} is encrypted now, and would not be any more."] if tls else []))


def _open(endpoint: Endpoint) -> bool:
    return endpoint.scope != "off" and not endpoint.closed
