"""What TorchServe loads: model archives, unpacked archives, and stores of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from wizard.models import disk, problems
from wizard.models.found import Found, Glance
from wizard.models.report import Servable
from wizard.servers.model_formats import ModelFormats
from wizard.servers.torchserve import models as archives

SAMPLE_BODY = b"hello"
"""A handler's code decides what it accepts, so a first request is a guess: some plain text."""

_COMMAND = (
    "torch-model-archiver --model-name {name} --version 1.0 --serialized-file {file} --handler HANDLER "
    "--export-path model-store"
)
_ARCHIVE = f"Make an archive of it: {_COMMAND}"
_HANDLER = "Write a handler that loads it and make an archive of both."
_LABELS = {
    "mar": "model archive",
    "tar-gz": "model archive (tar)",
    "model-folder": "unpacked model archive",
    "model-store": "model store",
}


class Archives(ModelFormats):
    """Recognises archives, unpacked archives and stores at, above or below a path."""

    uid = 1000
    what = "a TorchServe model"
    wanted = "a model archive (.mar)"
    hint = "a .mar archive, such as ./model-store/echo.mar"
    empty = "TorchServe starts with an empty store, says it is healthy, and has no model to ask."
    nothing = "It holds neither an archive (.mar, .tar.gz), nor a folder with MAR-INF/MANIFEST.json."
    titles: ClassVar[Mapping[str, str]] = {
        "mar": "a TorchServe archive",
        "tar-gz": "a TorchServe archive (.tar.gz)",
        "model-folder": "an unpacked TorchServe model",
        "model-store": "a model store",
        "model-stores": "a folder around model archives",
    }
    exports: ClassVar[Mapping[str, str]] = {
        ".ckpt": _COMMAND,
        ".pt": _ARCHIVE,
        ".pth": _ARCHIVE,
        ".bin": _ARCHIVE,
        ".safetensors": _ARCHIVE,
        ".onnx": f"Make an archive of it (the image needs onnxruntime): {_COMMAND}",
        ".zip": "If it was made by torch-model-archiver, its name must end in .mar.",
        ".tar": "TorchServe reads .mar, .tar.gz and folders.",
        ".war": "Workflows are not models; give the model archives it uses.",
        ".pkl": _HANDLER,
        ".joblib": _HANDLER,
        ".py": "A handler alone is not a model; make an archive with torch-model-archiver.",
    }

    @property
    def problems(self) -> Mapping[str, Mapping[str, Any]]:
        """What can be wrong with such a model."""
        return problems.texts("wizard.servers.torchserve.models")

    def directory(self, path: Path, here: disk.Listing) -> Found | None:
        """Recognise a folder; None if there is nothing for TorchServe in or around it."""
        return archives.layout.look(path, here)

    def file(self, path: Path) -> Found | None:
        """One archive, None if the file's name is not that of an archive."""
        return archives.layout.file(path)

    def glance(self, path: Path, there: disk.Listing | None) -> Glance | None:
        """What an entry looks like, judged by its name and the names in it."""
        if there is None:
            kind = archives.archive.form_of(path)
        elif "MAR-INF" in there.names():
            kind = "model-folder"
        else:
            held = any(archives.archive.form_of(e.path) for e in there.files() if not e.name.startswith("."))
            return Glance("model-store", _LABELS["model-store"], "torchserve") if held else None
        return Glance(kind, _LABELS[kind], "torchserve") if kind else None

    def sample(self, servables: tuple[Servable, ...]) -> tuple[str, bytes] | None:
        """Content type and body of a first request, None if there is no archive."""
        return ("text/plain", SAMPLE_BODY) if servables else None
