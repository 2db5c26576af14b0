"""What TensorFlow Serving loads: SavedModels in numbered folders."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from wizard.models import disk, problems
from wizard.models.found import GLANCE_LIMIT, Found, Glance
from wizard.models.names import printable
from wizard.models.report import Servable, served
from wizard.servers.model_formats import ModelFormats
from wizard.servers.tensorflow_serving import models as savedmodels
from wizard.servers.tensorflow_serving.models.names import version_number

_KERAS = 'Export a SavedModel from Python: keras.models.load_model("{file}").export("{name}/1")'
_GRAPH_FILES = frozenset({"saved_model.pb", "saved_model.pbtxt", "saved_model.cpb"})


class SavedModels(ModelFormats):
    """Recognises SavedModels at, above or below a path, and makes a first request from a signature."""

    uid = 65534
    what = "a SavedModel"
    wanted = "a folder with a SavedModel"
    hint = "a folder of numbered versions, such as ./half_plus_two"
    numbered = True
    empty = "TensorFlow Serving waits for a version to appear, for ever, with no port open."
    nothing = "It does not hold a SavedModel: a folder with numbered folders in it, each with saved_model.pb."
    titles: ClassVar[Mapping[str, str]] = {
        "savedmodel-base": "a SavedModel with numbered versions",
        "savedmodel-version": "one version of a SavedModel",
        "savedmodel-parent-of-base": "a folder around a SavedModel",
        "savedmodel-parents": "a folder with several SavedModels",
    }
    exports: ClassVar[Mapping[str, str]] = {
        ".keras": _KERAS,
        ".h5": _KERAS,
        ".hdf5": _KERAS,
        ".tflite": "Export a SavedModel from the model it was converted from.",
        ".pb": "Load it in TensorFlow and save it with tf.saved_model.save.",
        ".ckpt": "Load it into the model in Python and export that as a SavedModel.",
        ".index": "Load it into the model and export that as a SavedModel.",
        ".meta": "Load it into the model and export that as a SavedModel.",
        ".onnx": "Convert it to a SavedModel, for example with onnx2tf.",
        ".zip": "Unpack it first.",
        ".tar": "Unpack it first.",
    }

    @property
    def problems(self) -> Mapping[str, Mapping[str, Any]]:
        """What can be wrong with such a model."""
        return problems.texts("wizard.servers.tensorflow_serving.models")

    def directory(self, path: Path, here: disk.Listing) -> Found | None:
        """Recognise a folder; None if there is no SavedModel in or around it."""
        return savedmodels.layout.look(path, here)

    def file(self, path: Path) -> Found | None:
        """A file that belongs to a SavedModel: offer the model."""
        return savedmodels.layout.around_file(path)

    def glance(self, path: Path, there: disk.Listing | None) -> Glance | None:
        """What a folder looks like, judged by its names and those in its newest version."""
        if there is None:
            return None
        names = there.names()
        if names & _GRAPH_FILES:
            return Glance("savedmodel-version", "one version of a SavedModel", "tensorflow-serving")
        numbers = sorted((n for n in names if version_number(n) is not None), key=lambda n: version_number(n) or 0)
        inside = disk.try_listing(path / numbers[-1], GLANCE_LIMIT) if numbers else None
        if inside is None or not inside.names() & _GRAPH_FILES:
            return None
        newest = printable(numbers[-1].strip(), 20)
        several = f"{len(numbers)} versions, newest {newest}"
        label = f"version {newest}" if len(numbers) == 1 else several
        return Glance("savedmodel-base", f"SavedModel, {label}", "tensorflow-serving")

    def sample(self, servables: tuple[Servable, ...]) -> tuple[str, bytes] | None:
        """Content type and body of a first request, None if the signature cannot be called with JSON."""
        one = served(servables)
        request = savedmodels.sample.sample_request(one) if one else None
        return None if request is None else ("application/json", json.dumps(request).encode())
