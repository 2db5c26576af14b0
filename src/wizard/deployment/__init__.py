"""What will run: a Plan resolved against a Host, as plain values.

Everything about a deployment is derived from these; only `placement` makes them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import names_of

if TYPE_CHECKING:
    from wizard.deployment import engines as engines
    from wizard.deployment.access import CALLERS, Access, Caller, Door, Way
    from wizard.deployment.values import (
        CorsAnswers,
        Decision,
        Deployment,
        Endpoint,
        Layer,
        Mount,
        Network,
        Process,
        ProcessName,
        Publish,
    )

__all__ = [
    "CALLERS",
    "Access",
    "Caller",
    "CorsAnswers",
    "Decision",
    "Deployment",
    "Door",
    "Endpoint",
    "Layer",
    "Mount",
    "Network",
    "Process",
    "ProcessName",
    "Publish",
    "Way",
]

if not TYPE_CHECKING:
    __getattr__ = names_of(__name__, __all__, ("access", "values"))
