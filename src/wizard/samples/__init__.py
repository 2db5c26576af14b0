"""Two tiny models to try things with, made by scripts/make_samples.py.

`model-store/echo.mar` (and a copy as `echo.mar`): a TorchServe archive whose handler answers with what it was sent.
`half_plus_two`: a SavedModel; version 1 answers x / 2 + 2, version 2 x / 2 + 3.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wizard.plan import Plan

_NAMES = {"torchserve": "echo", "tensorflow-serving": "half_plus_two"}
_PLACES = {"torchserve": "model-store/echo.mar", "tensorflow-serving": "half_plus_two"}


def sample_path(server: str) -> Path:
    """The bundled model for a server, as one would give it on the Model step. Raises KeyError for an unknown server."""
    return Path(str(resources.files(__name__))) / _PLACES[server]


def sample_plan(server: str) -> Plan:
    """The Plan that serves the bundled model. Raises KeyError for an unknown server."""
    from wizard.plan import Model, Plan

    model = Model(name=_NAMES[server], path=str(sample_path(server)))
    return Plan.model_validate({"server": server, "models": (model,)})
