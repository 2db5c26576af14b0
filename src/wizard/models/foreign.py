"""Model files that neither server loads as they are, and what to do with them."""

from __future__ import annotations

from pathlib import Path

from wizard.models import disk
from wizard.models.names import callable_name, printable
from wizard.models.report import TF_SERVING, TORCHSERVE, PathFix, Problem
from wizard.models.savedmodel import lfs_problem

_KERAS = 'keras.models.load_model("{file}").export("{name}/1")'
_ARCHIVER = (
    "torch-model-archiver --model-name {name} --version 1.0 --serialized-file {file} --handler HANDLER "
    "--export-path model-store"
)

_FORMATS: dict[str, tuple[str, str, str]] = {
    # suffix: what it is, what to do for TensorFlow Serving, what to do for TorchServe; "" = the other server
    ".keras": ("a Keras model", f"Export a SavedModel from Python: {_KERAS}", ""),
    ".h5": ("a Keras model", f"Export a SavedModel from Python: {_KERAS}", ""),
    ".hdf5": ("a Keras model", f"Export a SavedModel from Python: {_KERAS}", ""),
    ".tflite": ("a TensorFlow Lite model", "Export a SavedModel from the model it was converted from.", ""),
    ".pb": (
        "a frozen TensorFlow graph, no SavedModel",
        "Load it in TensorFlow and save it with tf.saved_model.save.",
        "",
    ),
    ".ckpt": ("a training checkpoint", "Load it into the model in Python and export that as a SavedModel.", _ARCHIVER),
    ".index": ("a part of a training checkpoint", "Load it into the model and export that as a SavedModel.", ""),
    ".meta": ("a part of a training checkpoint", "Load it into the model and export that as a SavedModel.", ""),
    ".pt": ("a PyTorch model", "", f"Make an archive of it: {_ARCHIVER}"),
    ".pth": ("a PyTorch model", "", f"Make an archive of it: {_ARCHIVER}"),
    ".bin": ("a file of weights", "", f"Make an archive of it: {_ARCHIVER}"),
    ".safetensors": ("a file of weights", "", f"Make an archive of it: {_ARCHIVER}"),
    ".onnx": (
        "an ONNX model",
        "Convert it to a SavedModel, for example with onnx2tf.",
        f"Make an archive of it (the image needs onnxruntime): {_ARCHIVER}",
    ),
    ".zip": ("a zip archive", "Unpack it first.", "If it was made by torch-model-archiver, its name must end in .mar."),
    ".tar": ("a tar archive", "Unpack it first.", "TorchServe reads .mar, .tar.gz and folders."),
    ".war": ("a TorchServe workflow archive", "", "Workflows are not models; give the model archives it uses."),
    ".pkl": ("a Python pickle", "", "Write a handler that loads it and make an archive of both."),
    ".joblib": ("a scikit-learn model", "", "Write a handler that loads it and make an archive of both."),
    ".py": ("Python code", "", "A handler alone is no model; make an archive with torch-model-archiver."),
    ".gguf": ("a llama.cpp model", "", ""),
}


def _line(advice: str, path: Path) -> str:
    name = callable_name(path.name.split(".")[0])
    return advice.replace("{file}", printable(path.name)).replace("{name}", name)


def describe(path: Path, server: str) -> Problem:
    """What a file is and what to do with it."""
    if disk.is_lfs_pointer(path):
        return lfs_problem(path)
    what, for_tf, for_torch = _FORMATS.get(path.suffix.lower(), ("", "", ""))
    advice, other = (for_tf, for_torch) if server == TF_SERVING else (for_torch, for_tf)
    wanted = "a folder with a SavedModel" if server == TF_SERVING else "a model archive (.mar)"
    fix = None
    if what and other and not advice:
        target = TORCHSERVE if server == TF_SERVING else TF_SERVING
        fix = PathFix("server", f"Use {server_name(target)}", path, server=target)
        advice = f"{server_name(target)} can serve it after one step. {other}"
    return Problem(
        "needs-export" if what else "not-a-model",
        "error",
        f"{printable(path.name)} is {what}." if what else f"{printable(path.name)} is no model that is known here.",
        f"{server_name(server)} loads {wanted}.",
        _line(advice, path) if advice else f"Choose {wanted}.",
        fix,
    )


def known(path: Path) -> bool:
    """True if the file's name is that of a model format."""
    return path.suffix.lower() in _FORMATS and path.suffix.lower() != ".py"


def server_name(server: str) -> str:
    """The server's name as people write it."""
    return "TensorFlow Serving" if server == TF_SERVING else "TorchServe"
