"""The tiny models that come with the servers, made by scripts/make_samples.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wizard import plan as plans
from wizard import registry

if TYPE_CHECKING:
    from wizard.plan import Plan


def sample_path(server: str) -> Path:
    """The bundled model for a server, as one would enter it on the Model step.

    Raises KeyError for an unknown server.
    """
    return registry.adapter(server).sample.path


def sample_plan(server: str) -> Plan:
    """The Plan that serves the bundled model. Raises KeyError for an unknown server."""
    sample = registry.adapter(server).sample
    return plans.Plan.model_validate(
        {"server": server, "models": (plans.Model(name=sample.name, path=str(sample.path)),)}
    )
