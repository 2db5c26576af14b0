"""Recognising and reading SavedModels: tags, signatures, operations. Nothing is executed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.servers.tensorflow_serving.models import layout as layout
    from wizard.servers.tensorflow_serving.models import sample as sample
else:
    __getattr__ = modules_of(__name__)
