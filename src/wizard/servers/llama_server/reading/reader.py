"""How llama-server's existing files are read: its command line, variables, list of models and image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.fast_start import regex
from wizard.observed.answers import Imported
from wizard.observed.seen import Names, Reading
from wizard.servers.llama_server import flags, reading

if TYPE_CHECKING:
    from wizard.observed.remark import Remark
    from wizard.observed.seen import Files, Observed
    from wizard.observed.source import SourcePart
    from wizard.observed.start import Start

PRESETS, VARIABLES = "models.ini", "variables"

NAMES = Names(
    prefix="LS-",
    images=("ggml-org/llama.cpp", "ggerganov/llama.cpp"),
    programs=frozenset({"llama-server", "llama"}),
    routes=("/v1/chat/completions",),
    markers=("llama-server", "llama.cpp", "llama serve", "LLAMA_ARG_", ".gguf"),
    ports={8080: ("inference", "http")},
    files=("models.ini", ".env"),
    home="/app",
    variables=("LLAMA_",),
    release=r"(?:^|-)b\d{3,}",
    secrets=("-hft",),
)
_SECTION = regex(r"(?m)^[ \t]*\[([^\]\n]*)\]")
_MODEL_FILE = regex(r"(?m)^[ \t]*(?:model|m|LLAMA_ARG_MODEL)[ \t]*[=:][^\n#;]*\.gguf")
_MODEL_ELSEWHERE = regex(r"(?m)^[ \t]*(?:hf-repo|hf|LLAMA_ARG_HF_REPO|mmproj|docker-repo)[ \t]*=")
_SETTING = regex(r"(?m)^[ \t]*(?:ctx-size|n-gpu-layers|flash-attn|ngl|cache-type-k|chat-template|jinja)[ \t]*=")
_ASSIGNED = regex(r"(?m)^[ \t]*(?:export[ \t]+)?LLAMA_ARG_\w+[ \t]*=")


class LlamaServerReading(Reading):
    """llama-server's existing files."""

    server = "llama-server"
    title = "llama-server"
    names = NAMES
    package = __package__ or ""

    def own(self, name: str, text: str) -> str | None:
        """The list of models of a router, and files of variables."""
        low = name.lower()
        if low.endswith(".ini") or low in ("presets", "models"):
            return PRESETS if _is_presets(text) else None
        if low.endswith(".env") or low.startswith((".env", "env.")):
            return VARIABLES if _ASSIGNED.search(text) else None
        return None

    def starts(self, start: Start) -> bool:
        """Whether the server is started (as opposed to its help, its version or another program of its image)."""
        return reading.launch.starts(start)

    def reads(self, variable: str) -> bool:
        return variable in flags.variables() or variable in flags.own_variables()

    def observe(self, start: Start | None, parts: Sequence[tuple[str, SourcePart]], files: Files) -> Observed:
        return reading.observe.observe(start, parts, files)

    def remarks(self, observed: Observed) -> Iterator[Remark]:
        return reading.rules.find(observed)

    def answers(self, observed: Observed, files: Files) -> Imported:
        seen = observed.detail
        return reading.answers.answers(seen, files) if isinstance(seen, reading.seen.Seen) else Imported()


def _is_presets(text: str) -> bool:
    """Sections, containing keys that only a model has."""
    if not _SECTION.search(text):
        return False
    return bool(_MODEL_FILE.search(text) or _MODEL_ELSEWHERE.search(text) or len(_SETTING.findall(text)) > 1)


READING = LlamaServerReading()
