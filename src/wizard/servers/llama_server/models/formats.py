"""What llama-server loads, as the contract asks for it: one GGUF file, or the first of several parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from wizard.models import disk, problems
from wizard.models.found import Found, Glance, named
from wizard.models.names import printable
from wizard.models.problems import Maker
from wizard.models.report import PathFix, Problem, Servable, Surroundings
from wizard.servers.llama_server import models as ggufs
from wizard.servers.llama_server.models.names import part_name
from wizard.servers.model_formats import ModelFormats

_problem = Maker(__package__)

_CONVERT = "Convert it with llama.cpp's convert_hf_to_gguf.py, or download a GGUF of the same model."
_LABELS = {"gguf": "language model", "gguf-folder": "folder with language models"}


class Ggufs(ModelFormats):
    """Recognises GGUF files, and folders that hold some."""

    uid = 65534
    what = "a model in the GGUF format"
    wanted = "a GGUF file"
    hint = "a .gguf file, such as ./models/qwen3-8b-q4_k_m.gguf"
    id_hint = "USER/MODEL on Hugging Face, such as ggml-org/gemma-3-1b-it-GGUF"
    empty = "llama-server needs a file, and exits when it is given a folder."
    nothing = "It holds no file that ends in .gguf."
    titles: ClassVar[Mapping[str, str]] = {
        "gguf": "a GGUF model",
        "gguf-split": "a GGUF model in several parts",
        "gguf-none": "a GGUF file without a model",
        "gguf-folder": "a folder with GGUF models",
    }
    exports: ClassVar[Mapping[str, str]] = {
        ".safetensors": _CONVERT,
        ".bin": _CONVERT,
        ".ggml": "Convert it with convert_llama_ggml_to_gguf.py of an older llama.cpp, or download a GGUF.",
        ".onnx": "llama.cpp cannot read it; download a GGUF of the same model.",
    }

    @property
    def problems(self) -> Mapping[str, Mapping[str, Any]]:
        """What can be wrong with such a model."""
        return problems.texts("wizard.servers.llama_server.models")

    def directory(self, path: Path, here: disk.Listing) -> Found | None:
        """A folder with GGUF files in it; None if there are none."""
        models = ggufs.model_files.models_in(path)
        if not models:
            return None
        fix = PathFix("use", f"Use {printable(models[0].name)}", models[0]) if len(models) == 1 else None
        problem = _problem(
            "gguf-folder",
            f"This is a folder with {named(models, path)}.",
            instead=f"{fix.label}." if fix else "Choose one of them.",
            fix=fix,
        )
        return Found("gguf-folder", candidates=models, problems=(problem,))

    def file(self, path: Path) -> Found | None:
        """A GGUF file by its name or its first bytes; None for anything else."""
        if not path.name.lower().endswith(".gguf") and not _begins_so(path):
            return None
        found = ggufs.model_files.look_at_file(path)
        if found.kind != "model" or found.header is None:
            return Found("gguf-none", problems=found.problems)
        kind = "gguf-split" if len(found.parts) > 1 else "gguf"
        part = part_name(path.name)
        model = ggufs.values.of(path, found.header, found.parts, found.weights)
        name = part.stem if part else path.stem
        return Found(kind, servables=(model,), problems=found.problems, name=name)

    def glance(self, path: Path, there: disk.Listing | None) -> Glance | None:
        """What an entry looks like, judged by its name and the names in it."""
        if there is None:
            held = path.name.lower().endswith(".gguf")
            return Glance("gguf", _LABELS["gguf"], "llama-server") if held else None
        held = any(entry.name.lower().endswith(".gguf") for entry in there.files())
        return Glance("gguf-folder", _LABELS["gguf-folder"], "llama-server") if held else None

    def misfits(self, models: Mapping[str, Servable], given: Surroundings) -> Iterator[tuple[str, Problem]]:
        """Compares architectures with what the build knows, and weights and context with the available memory."""
        own = {name: m for name, m in models.items() if isinstance(m, ggufs.values.GgufModel)}
        yield from ggufs.architectures.problems(own, given.version)
        yield from ggufs.memory_problems.problems(own, given)

    def sample(self, servables: tuple[Servable, ...]) -> tuple[str, bytes] | None:
        """None: with several models a request must name one, and only the answers contain its name."""
        return None


def _begins_so(path: Path) -> bool:
    try:
        with disk.open_regular(path) as file:
            return file.read(4) == b"GGUF"
    except (OSError, ValueError):
        return False
