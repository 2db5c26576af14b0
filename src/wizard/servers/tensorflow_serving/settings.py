"""Flags of tensorflow_model_server and fields of models.config, as settings to explain."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.servers.contract import KnownSetting
from wizard.servers.tensorflow_serving.flags import fields, flags

_FLAGS = "https://github.com/tensorflow/serving/blob/2.20.0/tensorflow_serving/model_servers/main.cc"
_FIELDS = "https://github.com/tensorflow/serving/blob/master/tensorflow_serving/g3doc/serving_config.md"


def settings() -> Iterator[KnownSetting]:
    """Everything that can be on the command line or in models.config, and names often mistaken for it."""
    yield from _flags()
    yield from _fields()
    yield from _wrong()


def _flags() -> Iterator[KnownSetting]:
    for flag in flags().known.values():
        default = str(flag.default).lower() if isinstance(flag.default, bool) else str(flag.default) or "empty"
        does = f"Default: {default}. Known since {flag.first}. Written --{flag.name}=VALUE, with the equals sign."
        name = f"--{flag.name}"
        yield KnownSetting("TensorFlow Serving flag", name, flag.meaning, does, flag.evidence, _FLAGS, flag.risk)


def _fields() -> Iterator[KnownSetting]:
    for field in fields().known.values():
        name = field.path.removeprefix("model_config_list.config.")
        does = f"A field of models.config of the type {field.type}, as {field.path}."
        also = (field.path, name.rpartition(".")[2])
        yield KnownSetting("models.config field", name, field.meaning, does, field.evidence, _FIELDS, also=also)


def _wrong() -> Iterator[KnownSetting]:
    for old in flags().removed.values():
        meaning = f"A flag of old releases only ({old.releases})."
        does = "Newer releases print it as unknown and start without it."
        instead = f"Use instead: {old.instead}"
        yield KnownSetting("wrong spelling", f"--{old.name}", meaning, does, "main.cc", _FLAGS, instead=instead)
    for wrong in (*flags().not_flags.values(), *fields().not_fields.values()):
        shown = f"--{wrong.name}" if wrong.kind == "flag" else wrong.name
        what = {"flag": "flag", "environment": "environment variable", "field": "field of models.config"}[wrong.kind]
        field = wrong.kind == "field"
        yield KnownSetting(
            "wrong spelling",
            f"{wrong.name} in models.config" if field else shown,
            f"{shown} is no {what} of TensorFlow Serving.",
            wrong.happens,
            "model_server_config.proto:20-69 (2.20.0)" if field else "main.cc:87-314 (2.20.0)",
            _FIELDS if field else _FLAGS,
            instead=f"Use {wrong.instead}",
            also=(wrong.name,),
        )
