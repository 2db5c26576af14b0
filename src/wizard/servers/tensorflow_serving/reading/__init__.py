"""How TensorFlow Serving's existing files are read: its text-format files, flags and image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.fast_start import modules_of

if TYPE_CHECKING:
    from wizard.servers.tensorflow_serving.reading import answers as answers
    from wizard.servers.tensorflow_serving.reading import launch as launch
    from wizard.servers.tensorflow_serving.reading import observe as observe
    from wizard.servers.tensorflow_serving.reading import rules as rules
    from wizard.servers.tensorflow_serving.reading import seen as seen
else:
    __getattr__ = modules_of(__name__)
