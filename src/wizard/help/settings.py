"""Keys, flags and fields of the two servers, and what is taken for one, as topics."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.help.glossary import mentions
from wizard.help.values import Kind, Topic, topic_id

_TS_LINK = "https://github.com/pytorch/serve/blob/v0.12.0/docs/configuration.md"
_TFS_FLAGS = "https://github.com/tensorflow/serving/blob/2.20.0/tensorflow_serving/model_servers/main.cc"
_TFS_FIELDS = "https://github.com/tensorflow/serving/blob/master/tensorflow_serving/g3doc/serving_config.md"
_READERS = {
    "java": "The server reads it.",
    "launcher": "The launcher reads it, before the server starts.",
    "both": "The launcher and the server read it, each in its own way.",
}


def topics() -> Iterator[Topic]:
    """Everything that can stand in a configuration file or on a command line."""
    yield from _torchserve()
    yield from _tensorflow_serving()


def _torchserve() -> Iterator[Topic]:
    from wizard.servers.torchserve.knowledge import keys

    known = keys()
    for key in known.known.values():
        default = f"Default: {key.default or 'empty'}." if not key.computed else f"Default: {key.default}, worked out."
        override = f" With enable_envvars_config=true the variable {key.env} overrides it." if key.env else ""
        does = f"{default} {_READERS[key.reader]} Known since {key.first} or earlier.{override}"
        yield _topic("TorchServe key", key.name, key.meaning, key.risk, does, "", key.evidence, _TS_LINK)
    for flag in {flag.name: flag for flag in known.flags.values()}.values():
        does = f"A flag of the torchserve command, known since {flag.first} or earlier; an unknown flag stops it."
        name = f"--{flag.name.lstrip('-')}"
        yield _topic("TorchServe flag", name, flag.meaning, flag.risk, does, "", flag.evidence, _TS_LINK, flag.aliases)
    for wrong in known.not_keys.values():
        meaning = f"{wrong.name} is no key of TorchServe."
        instead = f"Use {wrong.instead}."
        yield _topic("wrong spelling", wrong.name, meaning, "", wrong.happens, instead, wrong.evidence, _TS_LINK)


def _tensorflow_serving() -> Iterator[Topic]:
    from wizard.servers.tensorflow_serving.knowledge import fields, flags

    known = flags()
    for flag in known.known.values():
        default = str(flag.default).lower() if isinstance(flag.default, bool) else str(flag.default) or "empty"
        does = f"Default: {default}. Known since {flag.first}. Written --{flag.name}=VALUE, with the equals sign."
        name = f"--{flag.name}"
        kind: Kind = "TensorFlow Serving flag"
        yield _topic(kind, name, flag.meaning, flag.risk, does, "", flag.evidence, _TFS_FLAGS)
    for old in known.removed.values():
        meaning = f"A flag of old releases only ({old.releases})."
        does = "Newer releases print it as unknown and start without it."
        name = f"--{old.name}"
        yield _topic("wrong spelling", name, meaning, "", does, f"Use instead: {old.instead}", "main.cc", _TFS_FLAGS)
    for field in fields().known.values():
        name = field.path.removeprefix("model_config_list.config.")
        does = f"A field of models.config of the type {field.type}, as {field.path}."
        also = (field.path, name.rpartition(".")[2])
        yield _topic("models.config field", name, field.meaning, "", does, "", field.evidence, _TFS_FIELDS, also)
    for wrong in (*known.not_flags.values(), *fields().not_fields.values()):
        shown = f"--{wrong.name}" if wrong.kind == "flag" else wrong.name
        what = {"flag": "flag", "environment": "environment variable", "field": "field of models.config"}[wrong.kind]
        meaning = f"{shown} is no {what} of TensorFlow Serving."
        evidence = "model_server_config.proto:20-69 (2.20.0)" if wrong.kind == "field" else "main.cc:87-314 (2.20.0)"
        link = _TFS_FIELDS if wrong.kind == "field" else _TFS_FLAGS
        name = f"{wrong.name} in models.config" if wrong.kind == "field" else shown
        yield _topic(
            "wrong spelling", name, meaning, "", wrong.happens, f"Use {wrong.instead}", evidence, link, (wrong.name,)
        )


def _topic(
    kind: Kind,
    name: str,
    meaning: str,
    why: str,
    does: str,
    instead: str,
    evidence: str,
    link: str,
    also: tuple[str, ...] = (),
) -> Topic:
    bare = name.lstrip("-")
    spellings = dict.fromkeys((bare, *also))
    spellings.pop(name, None)
    related = tuple(term.name for _, _, term in mentions(f"{meaning} {why}"))
    owner = {"TorchServe key": "config.properties", "TorchServe flag": "torchserve"}.get(kind, "")
    title = f"{name} ({kind}{f', {owner}' if owner == 'config.properties' else ''})"
    return Topic(
        topic_id(kind, f"{name}{'' if kind != 'wrong spelling' else _owner(link)}"),
        name,
        title,
        kind,
        meaning,
        why,
        does,
        instead,
        evidence=(evidence,),
        link=link,
        related=related,
        also=tuple(spellings),
    )


def _owner(link: str) -> str:
    """What tells wrong spellings of the two servers apart."""
    return " of TorchServe" if "pytorch" in link else " of TensorFlow Serving"
