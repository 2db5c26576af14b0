"""What a path means to llama.cpp: a model in one file or several, or one of the many things that are not a model.

Only headers are read, nothing is run. What the server itself says about each mistake was measured with builds 10434 and
11669.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from wizard.models import disk
from wizard.models.names import printable
from wizard.models.problems import Maker, lfs_problem
from wizard.models.report import PathFix, Problem
from wizard.servers.llama_server.models import gguf, purpose
from wizard.servers.llama_server.models.names import PartName, part_name
from wizard.servers.llama_server.models.values import size as shown

_problem = Maker(__package__)

Kind = Literal["model", "vocabulary", "projector", "adapter", "importance", "unreadable"]

_FOREIGN: Final = {
    ".safetensors": "weights in the format of PyTorch and Hugging Face",
    ".bin": "weights in the format of PyTorch",
    ".pt": "a PyTorch model",
    ".pth": "a PyTorch model",
    ".onnx": "an ONNX model",
    ".ggml": "a model in the format before GGUF",
    ".keras": "a Keras model",
    ".mar": "an archive for TorchServe",
}


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What was found at a path.

    `path` is the file that the server is given, `parts` all needed files (including the first). `header` is that of the
    first part; None if it could not be read. `weights` is the size of the tensors of all parts, in bytes.
    """

    path: Path
    kind: Kind
    header: gguf.Header | None = None
    parts: tuple[Path, ...] = ()
    weights: int = 0
    problems: tuple[Problem, ...] = ()


def look_at_file(path: Path) -> ModelFile:
    """Look at one file.

    Never raises for anything on the disk: a file that cannot be read is a problem in the report.
    """
    try:
        with disk.open_regular(path) as file:
            header = gguf.read(file)
            size = file.seek(0, 2)
    except gguf.GgufError as error:
        return ModelFile(path, "unreadable", problems=(_unreadable(path, error),))
    except (OSError, ValueError) as error:
        text = f"{printable(path.name)} cannot be read ({printable(str(error))})."
        return ModelFile(path, "unreadable", problems=(_problem("gguf-unreadable", text),))
    kind = _kind(header)
    if kind != "model":
        return ModelFile(path, kind, header, problems=(_no_model(path, kind),))
    said = (*_size(path, header, size), *purpose.problems(path, header))
    whole = ModelFile(path, kind, header, (path,), header.weights, said)
    return _with_parts(whole, header) if (header.number("split.count") or 1) > 1 else whole


def models_in(folder: Path) -> tuple[Path, ...]:
    """The files in a folder that a server could be given, by name: no later parts, no projectors.

    Headers are not read.
    """
    there = disk.try_listing(folder)
    found = [entry.path for entry in there.files() if entry.name.lower().endswith(".gguf")] if there else []
    return tuple(path for path in found if _could_be_first(path.name))


def _could_be_first(name: str) -> bool:
    part = part_name(name)
    return (part is None or part.number == 1) and not purpose.is_projector(name)


def _kind(header: gguf.Header) -> Kind:
    declared, architecture = header.text("general.type"), header.text("general.architecture")
    if architecture == "clip" or declared == "mmproj":
        return "projector"
    if declared == "adapter" or "adapter.type" in header.values:
        return "adapter"
    if declared == "imatrix" or architecture in ("imatrix", "controlvector"):
        return "importance"
    return "model" if header.tensors else "vocabulary"


def _unreadable(path: Path, error: gguf.GgufError) -> Problem:
    name = printable(path.name)
    if disk.is_lfs_pointer(path):
        return lfs_problem(path)
    if error.fault == "magic":
        what = _FOREIGN.get(path.suffix.lower(), "no GGUF file")
        page = _is_page(path)
        text = f"{name} is a web page, not a model." if page else f"{name} is {what}: {error}."
        return _problem("gguf-not-gguf", text, instead="Download it again." if page else "")
    texts = {
        "empty": ("gguf-empty", f"{name} is empty."),
        "ends-early": ("gguf-truncated", f"{name} was not downloaded whole: {error}."),
        "version": ("gguf-version", f"{name} cannot be loaded: {error}."),
        "endian": ("gguf-endian", f"{name} cannot be loaded: {error}."),
        "limit": ("gguf-too-large", f"{name} has a header that is too large to be read here: {error}."),
    }
    return _problem(*texts.get(error.fault, ("gguf-broken", f"The header of {name} is broken: {error}.")))


def _is_page(path: Path) -> bool:
    try:
        with disk.open_regular(path) as file:
            start = file.read(200).lstrip().lower()
    except OSError:
        return False
    return start.startswith((b"<!doctype", b"<html", b"<?xml"))


def _no_model(path: Path, kind: Kind) -> Problem:
    name = printable(path.name)
    id_, what = {
        "vocabulary": (
            "gguf-vocabulary",
            "a vocabulary without a model: it has no weights",
        ),
        "projector": (
            "gguf-projector",
            "the part of a model that reads images or sound, not the model",
        ),
        "adapter": (
            "gguf-adapter",
            "a LoRA adapter, not a model",
        ),
        "importance": ("gguf-importance", "a by-product of making a model, not a model"),
    }[kind]
    return _problem(id_, f"{name} is {what}.")


def _size(path: Path, header: gguf.Header, size: int) -> list[Problem]:
    if size >= header.end:
        return []
    text = f"{printable(path.name)} was not downloaded whole: {shown(size)} of {shown(header.end)} are there."
    return [_problem("gguf-truncated", text)]


def _with_parts(first: ModelFile, header: gguf.Header) -> ModelFile:
    """A model in several files: each is examined, and the server must be given the first."""
    count = header.number("split.count") or 1
    number = (header.number("split.no") or 0) + 1
    named = part_name(first.path.name)
    shown = f"{printable(first.path.name)} is part {number} of {count}"
    if named is None or (named.count, named.number) != (count, number):
        text = f"{shown}, and its name does not end in -{number:05}-of-{count:05}.gguf."
        return _joined(first, first.parts, first.weights, [_problem("gguf-part-name", text)])
    if number != 1:
        start = first.path.with_name(named.other(1))
        fix = PathFix("use", f"Use {printable(start.name)}", start)
        problem = _problem("gguf-later-part", f"{shown}.", fix=fix)
        return _joined(first, first.parts, first.weights, [problem])
    return _all_parts(first, named)


def _all_parts(first: ModelFile, named: PartName) -> ModelFile:
    parts, weights, problems = [first.path], first.weights, list[Problem]()
    missing = []
    for number in range(2, named.count + 1):
        path = first.path.with_name(named.other(number))
        if not path.is_file():
            missing.append(path.name)
            continue
        parts.append(path)
        try:
            with disk.open_regular(path) as file:
                header = gguf.read(file)
                problems += _size(path, header, file.seek(0, 2))
                weights += header.weights
        except gguf.GgufError as error:
            problems.append(_unreadable(path, error))
        except OSError as error:
            text = f"{printable(path.name)} cannot be read ({printable(str(error))})."
            problems.append(_problem("gguf-unreadable", text))
    if missing:
        shown = ", ".join(printable(name) for name in missing[:3]) + (" …" if len(missing) > 3 else "")
        text = f"{len(missing)} of {named.count} parts are not there: {shown}."
        problems.append(_problem("gguf-part-missing", text))
    return _joined(first, tuple(parts), weights, problems)


def _joined(first: ModelFile, parts: tuple[Path, ...], weights: int, problems: list[Problem]) -> ModelFile:
    return ModelFile(first.path, first.kind, first.header, parts, weights, (*first.problems, *problems))
