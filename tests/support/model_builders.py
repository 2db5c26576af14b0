"""Models for tests, written byte by byte: small SavedModels, archives, and what goes wrong with them."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import tarfile
from pathlib import Path
from types import ModuleType
from typing import Any

from wizard.models.report import ModelReport, Problem
from wizard.servers.tensorflow_serving.models.values import Version
from wizard.servers.torchserve.models.values import Archive

ROOT = Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests" / "data"
HALF_PLUS_TWO = DATA / "half_plus_two"


def script(name: str) -> ModuleType:
    """A module of scripts/."""
    path = ROOT / "scripts" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


make_samples = script("make_samples")
HANDLER: bytes = make_samples.ECHO_HANDLER.encode()


def varint(value: int) -> bytes:
    out = b""
    value &= 2**64 - 1
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def field(number: int, value: bytes | str | int) -> bytes:
    """One protobuf field, in the encoding every writer uses."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def shape(*sizes: int) -> bytes:
    return b"".join(field(2, field(1, size)) for size in sizes)


UNKNOWN_RANK = field(3, 1)


def tensor(dtype: int, its_shape: bytes | None) -> bytes:
    return field(1, "t:0") + field(2, dtype) + (b"" if its_shape is None else field(3, its_shape))


def signature(inputs: dict[str, bytes], outputs: dict[str, bytes]) -> bytes:
    parts = [field(1, field(1, k) + field(2, v)) for k, v in inputs.items()]
    parts += [field(2, field(1, k) + field(2, v)) for k, v in outputs.items()]
    return b"".join(parts) + field(3, "tensorflow/serving/predict")


def node(op: str, name: str = "n") -> bytes:
    return field(1, name) + field(2, op)


def graph(*ops: str, functions: tuple[str, ...] = ()) -> bytes:
    nodes = b"".join(field(1, node(op, f"n{i}")) for i, op in enumerate(ops))
    library = b"".join(field(1, field(3, node(op))) for op in functions)
    return nodes + (field(2, library) if library else b"")


X_TO_Y = signature({"x": tensor(1, shape(-1, 1))}, {"y": tensor(1, shape(-1, 1))})


def meta_graph(
    tags: tuple[str, ...] = ("serve",),
    signatures: dict[str, bytes] | None = None,
    body: bytes = b"",
    tf_version: str = "2.20.0",
) -> bytes:
    info = b"".join(field(4, tag) for tag in tags) + field(5, tf_version)
    named = {"serving_default": X_TO_Y} if signatures is None else signatures
    entries = b"".join(field(5, field(1, k) + field(2, v)) for k, v in named.items())
    return field(1, info) + field(2, body) + entries


def saved_model(*meta_graphs: bytes) -> bytes:
    return field(1, 1) + b"".join(field(2, m) for m in meta_graphs or (meta_graph(),))


def put(directory: Path, data: bytes | None = None, name: str = "saved_model.pb") -> Path:
    """Write a SavedModel into a directory, making it."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_bytes(saved_model() if data is None else data)
    return directory


def manifest(**model: Any) -> bytes:
    whole = json.loads(json.dumps(make_samples.MANIFEST))
    whole["runtime"] = model.pop("runtime", "python")
    whole["model"].update(model)
    whole["model"] = {k: v for k, v in whole["model"].items() if v is not None}
    return json.dumps(whole).encode()


def members(**model: Any) -> dict[str, bytes]:
    return {"echo_handler.py": HANDLER, "MAR-INF/MANIFEST.json": manifest(**model)}


def mar(path: Path, files: dict[str, bytes] | None = None) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(make_samples.archive(members() if files is None else files))
    return path


def tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as target:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            target.addfile(info, io.BytesIO(data))
    return path


def folder(path: Path, files: dict[str, bytes] | None = None) -> Path:
    for name, data in (members() if files is None else files).items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def problem(report: ModelReport, id_: str) -> Problem:
    """The one problem of that id; the failure shows what was found instead."""
    found = [p for p in report.problems if p.id == id_]
    assert len(found) == 1, f"{id_} not once in {[(p.id, p.message) for p in report.problems]}"
    return found[0]


def ids(report: ModelReport) -> set[str]:
    return {p.id for p in report.problems}


def versions(report: ModelReport) -> tuple[Version, ...]:
    """The versions of a SavedModel that a report speaks of."""
    return tuple(s for s in report.servables if isinstance(s, Version))


def archives(report: ModelReport) -> tuple[Archive, ...]:
    """The model archives that a report speaks of."""
    return tuple(s for s in report.servables if isinstance(s, Archive))
