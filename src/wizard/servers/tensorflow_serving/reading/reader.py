"""How TensorFlow Serving's existing files are read: its text-format files, flags and image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.fast_start import regex
from wizard.observed.answers import Imported
from wizard.observed.seen import Names, Reading
from wizard.servers.tensorflow_serving import reading

if TYPE_CHECKING:
    from wizard.observed.remark import Remark
    from wizard.observed.seen import Files, Observed
    from wizard.observed.source import SourcePart
    from wizard.observed.start import Start

MODELS, BATCHING, MONITORING, TLS = "models.config", "batching", "monitoring", "ssl-config"

NAMES = Names(
    prefix="TFS-",
    images=("tensorflow/serving",),
    programs=frozenset({"tensorflow_model_server", "tensorflow_model_server-universal"}),
    routes=("/v1/models",),
    markers=(
        "tensorflow_model_server",
        "tensorflow/serving",
        "tf_serving_entrypoint",
        "model_config_list",
        "modelConfigList",
        "custom_model_config",
        "prometheus_config",
        "batch_timeout_micros",
        "num_batch_threads",
        "max_enqueued_batches",
        "max_batch_size {",
        "server_cert",
        "--model_config_file",
        "--rest_api_port",
        "--model_base_path",
        "base_path:",
    ),
    ports={8500: ("grpc", "grpc"), 8501: ("inference", "http")},
    files=("models.config",),
)
_CODE = (".py", ".go", ".java", ".js", ".ts", ".rs", ".c", ".cc", ".cpp", ".h", ".proto", ".ipynb", ".html", ".pbtxt")
_KINDS = (
    (
        MODELS,
        regex(
            r"(?m)^[ \t]*(?:model_config_list|modelConfigList|custom_model_config)[ \t]*[:{<\n]"
            r"|^[ \t{]*\"model_config_list\"[ \t]*:"
        ),
    ),
    (MONITORING, regex(r"(?m)^[ \t]*prometheus_config[ \t]*[:{<\n]")),
    (
        BATCHING,
        regex(
            r"(?m)\A(?=(?s:.*)^[ \t]*(?:num_batch_threads|batch_timeout_micros|max_enqueued_batches)[ \t]*[:{<=])"
            r"(?!(?s:.*)^[ \t]*(?:backend|platform|dynamic_batching)\b)|\A\s*max_batch_size[ \t]*\{"
        ),
    ),
    (TLS, regex(r"(?m)\A(?=(?s:.*)^[ \t]*server_key[ \t]*:)(?=(?s:.*)^[ \t]*server_cert[ \t]*:)")),
)
_MODEL_BLOCK = regex(r"(?m)^[ \t]*config[ \t]*(?::[ \t]*)?\{")
_BASE_PATH = regex(r"\bbase_path[ \t]*:")


class TensorFlowServingReading(Reading):
    """TensorFlow Serving's existing files."""

    server = "tensorflow-serving"
    title = "TensorFlow Serving"
    names = NAMES
    package = __package__ or ""

    def own(self, name: str, text: str) -> str | None:
        """models.config, and the files of batching, monitoring and TLS."""
        if name.lower().endswith(_CODE):
            return None
        for kind, pattern in _KINDS:
            if pattern.search(text):
                return kind
        block = _MODEL_BLOCK.search(text) if "models" in name.lower() else None
        return MODELS if block is not None and _BASE_PATH.search(text, block.end()) else None

    def starts(self, start: Start) -> bool:
        """Whether tensorflow_model_server is started."""
        return reading.launch.launch(start) is not None

    def reads(self, variable: str) -> bool:
        return variable in ("MODEL_NAME", "MODEL_BASE_PATH")

    def observe(self, start: Start | None, parts: Sequence[tuple[str, SourcePart]], files: Files) -> Observed:
        return reading.observe.observe(start, parts, files)

    def remarks(self, observed: Observed) -> Iterator[Remark]:
        return reading.rules.find(observed)

    def answers(self, observed: Observed, files: Files) -> Imported:
        seen = observed.detail
        return reading.answers.answers(seen, files) if isinstance(seen, reading.seen.Seen) else Imported()


READING = TensorFlowServingReading()
