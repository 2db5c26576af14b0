"""Model files by file name extension: what each is, whichever server may serve it."""

from __future__ import annotations

from pathlib import Path

FORMATS: dict[str, str] = {
    ".keras": "a Keras model",
    ".h5": "a Keras model",
    ".hdf5": "a Keras model",
    ".tflite": "a TensorFlow Lite model",
    ".pb": "a frozen TensorFlow graph, no SavedModel",
    ".ckpt": "a training checkpoint",
    ".index": "a part of a training checkpoint",
    ".meta": "a part of a training checkpoint",
    ".pt": "a PyTorch model",
    ".pth": "a PyTorch model",
    ".bin": "a file of weights",
    ".safetensors": "a file of weights",
    ".onnx": "an ONNX model",
    ".zip": "a zip archive",
    ".tar": "a tar archive",
    ".war": "a workflow archive",
    ".pkl": "a Python pickle",
    ".joblib": "a scikit-learn model",
    ".py": "Python code",
    ".gguf": "a GGUF model",
}
"""Extension -> what such a file is. What a server needs done to it is in that server's package."""


def what(path: Path) -> str:
    """What a file is by its extension, "" if it is not a model format."""
    return FORMATS.get(path.suffix.lower(), "")


def known(path: Path) -> bool:
    """True if the file's name is that of a model format."""
    return path.suffix.lower() in FORMATS and path.suffix.lower() != ".py"
