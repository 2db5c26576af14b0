"""Every probe of a deployment, with its predicted outcome. Pure; nothing is sent.

The trial measures the same probes, and shares only the values with these modules.
"""

from __future__ import annotations

from collections.abc import Mapping

from wizard.deployment import Deployment
from wizard.prediction.cors import cors_probes
from wizard.prediction.reachability import reachability_probes, shares_listener
from wizard.prediction.socket_file import socket_probes
from wizard.prediction.tokens import token_probes
from wizard.prediction.values import Probe


def predict(deployment: Deployment, samples: Mapping[str, str] | None = None) -> tuple[Probe, ...]:
    """Every probe of a deployment, reachability first. `samples`: model name -> body of a prediction request."""
    found: list[Probe] = []
    for endpoint in deployment.endpoints:
        if endpoint.scope == "socket":
            found += socket_probes(deployment, endpoint, samples or {})
        elif not shares_listener(deployment, endpoint):
            found += reachability_probes(deployment, endpoint, samples or {})
    for endpoint in deployment.endpoints:
        if endpoint.protocol == "http" and endpoint.published and endpoint.api in ("inference", "management"):
            found += token_probes(deployment, endpoint, samples or {})
            found += cors_probes(deployment, endpoint, samples or {})
    return tuple(found)
