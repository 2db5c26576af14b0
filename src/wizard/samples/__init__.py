"""Two tiny models to try things with, made by scripts/make_samples.py.

`model-store/echo.mar` (and a copy as `echo.mar`): a TorchServe archive whose handler answers with what it was sent.
`half_plus_two`: a SavedModel; version 1 answers x / 2 + 2, version 2 x / 2 + 3.
"""

from __future__ import annotations

from importlib import resources
from pathlib import Path

_PLACES = {"torchserve": "model-store/echo.mar", "tensorflow-serving": "half_plus_two"}


def sample_path(server: str) -> Path:
    """The bundled model for a server, as one would give it on the Model step. Raises KeyError for an unknown server."""
    return Path(str(resources.files(__name__))) / _PLACES[server]
