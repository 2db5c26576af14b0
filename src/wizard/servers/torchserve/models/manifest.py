"""MAR-INF/MANIFEST.json: its fields, and problems that TorchServe will have with them.

Rules: Manifest.java, ModelArchive.validate and ts/model_loader.py of v0.12.0; what happens then was measured on 0.12.0.
"""

from __future__ import annotations

import json
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from wizard.models.names import printable
from wizard.models.problems import Maker
from wizard.models.report import Problem
from wizard.servers.torchserve.models.names import is_callable_name

_problem = Maker(__package__)

NAME = "MAR-INF/MANIFEST.json"
SIZE_LIMIT = 1 << 20
"""Maximum bytes of a manifest that are read; real ones have a few hundred."""

RUNTIMES = ("python", "python3", "LSP")
BUILT_IN_HANDLERS = frozenset(
    {
        "base_handler",
        "dali_image_classifier",
        "densenet_handler",
        "image_classifier",
        "image_segmenter",
        "object_detector",
        "text_classifier",
        "text_handler",
        "trt_llm_handler",
        "vision_handler",
        "vllm_handler",
    }
)

_TEXT_LIMIT = 1_000


@dataclass(frozen=True, slots=True)
class Manifest:
    """The fields of a manifest that matter here, with the server's defaults."""

    model_name: str = ""
    model_version: str = "1.0"
    handler: str = ""
    runtime: str = "python"
    serialized_file: str = ""
    model_file: str = ""
    requirements_file: str = ""
    config_file: str = ""


def _text(table: dict[str, Any], key: str, default: str = "") -> str:
    value = table.get(key)
    if value is None:
        return default
    if not isinstance(value, str | int | float):
        raise ValueError(f"{key} is not a text")
    return (str(value).lower() if isinstance(value, bool) else str(value))[:_TEXT_LIMIT]


def parse(data: bytes) -> Manifest:
    """Read a manifest. Raises ValueError with what is wrong."""
    try:
        whole = json.loads(data.decode())
    except UnicodeDecodeError as error:
        raise ValueError("it is not UTF-8 text") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"it is not JSON ({str(error)[:80]})") from error
    if not isinstance(whole, dict):
        raise ValueError("it is not a JSON object")
    model = whole.get("model", {})
    if not isinstance(model, dict):
        raise ValueError("it has no model section")
    return Manifest(
        model_name=_text(model, "modelName"),
        model_version=_text(model, "modelVersion", "1.0"),
        handler=_text(model, "handler"),
        runtime=_text(whole, "runtime", "python"),
        serialized_file=_text(model, "serializedFile"),
        model_file=_text(model, "modelFile"),
        requirements_file=_text(model, "requirementsFile"),
        config_file=_text(model, "configFile"),
    )


def missing(file: str, detail: str) -> Problem:
    """No manifest where the server looks for it."""
    return _problem(
        "manifest-missing",
        f"{file} has no {NAME}{detail}.",
    )


def invalid(file: str, why: str) -> Problem:
    """A manifest that cannot be read."""
    return _problem("manifest-invalid", f"The manifest of {file} cannot be read: {why}.")


def problems(manifest: Manifest, file: str, members: Set[str] | None) -> list[Problem]:
    """What is wrong in a manifest. `members` are the files of the archive, None if not all are known."""
    found = [*_runtime(manifest, file), *_name(manifest, file)]
    if manifest.runtime != "LSP":
        found += _handler(manifest, file, members)
    if members is not None:
        found += _files(manifest, file, members)
    return [*found, *_requirements(manifest, file)]


def _runtime(manifest: Manifest, file: str) -> list[Problem]:
    if manifest.runtime in RUNTIMES:
        return []
    return [
        _problem(
            "runtime-unknown",
            f'The manifest of {file} asks for runtime "{printable(manifest.runtime)}".',
        )
    ]


def _name(manifest: Manifest, file: str) -> list[Problem]:
    name = manifest.model_name
    if not name or is_callable_name(name):
        return []
    return [
        _problem(
            "name-not-callable",
            f'The manifest of {file} calls the model "{printable(name)}", which cannot be used in a URL as it is.',
        )
    ]


def _handler(manifest: Manifest, file: str, members: Set[str] | None) -> list[Problem]:
    handler = manifest.handler
    if not handler.strip():
        return [
            _problem(
                "handler-missing",
                f"The manifest of {file} names no handler.",
            )
        ]
    spelled = handler.split(":", 1)[0]
    module = spelled.removesuffix(".py").split("/")[-1]
    if members is None or {f"{module}.py", f"{module}/__init__.py"} & members or module in BUILT_IN_HANDLERS:
        return []
    is_file = spelled.endswith(".py")
    return [
        _problem(
            "handler-not-in-archive",
            f'The handler "{printable(handler)}" is not at the top of {file}.',
            severity="functional" if is_file else "medium",
        )
    ]


def _files(manifest: Manifest, file: str, members: Set[str]) -> list[Problem]:
    named = {
        "weights": manifest.serialized_file,
        "model definition": manifest.model_file,
        "model configuration": manifest.config_file,
        "requirements": manifest.requirements_file,
    }
    return [
        _problem(
            "file-not-in-archive", f'The manifest of {file} names a {what} file "{printable(name)}" that is not in it.'
        )
        for what, name in named.items()
        if name and name not in members
    ]


def _requirements(manifest: Manifest, file: str) -> list[Problem]:
    if not manifest.requirements_file:
        return []
    return [
        _problem(
            "requirements",
            f"{file} contains a list of Python packages to install ({printable(manifest.requirements_file)}).",
        )
    ]
