"""What will run: a Plan resolved against a Host, as plain values.

Everything about a deployment is derived from these; only `placement` makes them.
"""

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
