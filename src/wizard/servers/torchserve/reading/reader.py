"""How TorchServe's existing files are read: its configuration file, command line and image."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.fast_start import regex
from wizard.observed.answers import Imported
from wizard.observed.seen import Disguise, Names, Reading
from wizard.servers.torchserve import reading
from wizard.servers.torchserve.keys import key_of

if TYPE_CHECKING:
    from wizard.observed.remark import Remark
    from wizard.observed.seen import Files, Observed
    from wizard.observed.source import SourcePart
    from wizard.observed.start import Start

CONFIG = "config.properties"

NAMES = Names(
    prefix="TS-",
    images=("pytorch/torchserve", "pytorch/torchserve-nightly"),
    programs=frozenset({"torchserve", "ts.model_server"}),
    routes=("/predictions/", "/v2/models"),
    markers=(
        "torchserve",
        "ts.model_server",
        "inference_address",
        "management_address",
        "model_store",
        "load_models",
        "model_snapshot",
        "cors_allowed_",
        "cors.allowed.",
    ),
    files=(CONFIG,),
    ports={
        8080: ("inference", "http"),
        8081: ("management", "http"),
        8082: ("metrics", "http"),
        7070: ("grpc", "grpc"),
        7071: ("grpc_management", "grpc"),
    },
    variables=("TS_",),
    lookalikes=r"(?i)multi-model-server|mxnet-model-server|mms-config|djl[-_ ]?serving|deepjavalibrary",
    home="/home/model-server",
    disguise=Disguise(
        "org.pytorch.serve.ModelServer",
        "torchserve",
        {
            "--python": "",
            "-f": "--ts-config",
            "-s": "--model-store",
            "-w": "--workflow-store",
            "-m": "--models",
            "-ncs": "--no-config-snapshots",
            "-clog": "--cpp-log-config",
        },
    ),
)
_TELLING = regex(
    r"(?m)^[ \t]*(?:inference|management|metrics|grpc_inference|grpc_management)[_.-]address[ \t]*[=:]"
    r"|^[ \t]*(?:model_store|model-store|load_models|workflow_store|model_snapshot"
    r"|cors[_.-]allowed[_.-](?:origins?|methods|headers)"
    r"|number_of_netty_threads|netty_client_threads|default_workers_per_model|install_py_dep_per_model"
    r"|disable_token_authorization|enable_envvars_config|allowed_urls|job_queue_size|enable_model_api)[ \t]*[=:]"
)
_FOREIGN = regex(r"(?m)^[ \t]*(?!cors\.)\w+\.[\w.]+[ \t]*[=:]")
"""A key with a dot: none of TorchServe's has one."""
_NAMED = regex(r"(?i)config.*\.properties$|\.cfg$|\.properties$|torchserve")


class TorchServeReading(Reading):
    """TorchServe's existing files."""

    server = "torchserve"
    title = "TorchServe"
    names = NAMES
    package = __package__ or ""

    def own(self, name: str, text: str) -> str | None:
        """config.properties and snapshots: two or more of its own keys; one is enough under its usual name."""
        found = {match.group().strip().rstrip("=: \t") for match in _TELLING.finditer(text)}
        if not any("_address" in key for key in found) and len(found) < 3 and _FOREIGN.search(text):
            return None
        if len(found) >= 2 or (found and name.rpartition("/")[2] == CONFIG):
            return CONFIG if _NAMED.search(name) or len(found) >= 3 else None
        return None

    def starts(self, start: Start) -> bool:
        """A start, as opposed to `torchserve --stop` or `--version`."""
        return reading.launch.starts(start)

    def reads(self, variable: str) -> bool:
        return variable in reading.overriding.ALWAYS_READ or bool(key_of(variable))

    def observe(self, start: Start | None, parts: Sequence[tuple[str, SourcePart]], files: Files) -> Observed:
        return reading.observe.observe(start, [part for _, part in parts], files)

    def remarks(self, observed: Observed) -> Iterator[Remark]:
        return reading.rules.find(observed)

    def answers(self, observed: Observed, files: Files) -> Imported:
        seen = observed.detail
        return reading.answers.answers(seen, files) if isinstance(seen, reading.seen.Seen) else Imported()


READING = TorchServeReading()
