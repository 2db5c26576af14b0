"""The text-format files: parsed like the C++ parser does, with the models in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from wizard.formats.schema import check
from wizard.formats.textproto import Document, ProtoField, ProtoMessage, Scalar, parse
from wizard.formats.textproto_tokens import Issue
from wizard.observed.source import SourcePart
from wizard.servers.tensorflow_serving.reading.messages import (
    BATCHING_PARAMETERS,
    MESSAGES,
    MODEL_SERVER_CONFIG,
    MONITORING_CONFIG,
    SSL_CONFIG,
)

_TYPES = {
    "models.config": MODEL_SERVER_CONFIG,
    "batching": BATCHING_PARAMETERS,
    "monitoring": MONITORING_CONFIG,
    "ssl-config": SSL_CONFIG,
}


class Text(NamedTuple):
    """One of the server's files; `issues` in the order the server would find them (it stops at the first)."""

    kind: str
    part: SourcePart
    document: Document
    issues: tuple[Issue, ...]

    @property
    def root(self) -> ProtoMessage:
        """The whole message."""
        return self.document.root

    def at(self, field: ProtoField) -> int:
        """Where a field is in its source."""
        return self.part.origin(field.token.offset)


def read(kind: str, part: SourcePart) -> Text:
    """Parse and check a file of a known kind."""
    document = parse(part.text)
    return Text(kind, part, document, tuple(check(document, _TYPES[kind], MESSAGES)))


def scalar(message: ProtoMessage, name: str) -> tuple[ProtoField, str] | None:
    """A field and its text, if it contains one."""
    for field in reversed(message.all(name)):
        if field.values and isinstance(field.values[-1], Scalar) and field.values[-1].tokens:
            return field, field.values[-1].text
    return None


def messages(message: ProtoMessage, name: str) -> Iterator[tuple[ProtoField, ProtoMessage]]:
    """The messages in fields with a name."""
    for field in message.all(name):
        for value in field.values:
            if isinstance(value, ProtoMessage):
                yield field, value


def values(message: ProtoMessage, above: str = "") -> Iterator[tuple[str, ProtoField, str]]:
    """(dotted name, field, text) of every value in a message; the messages of a repeated field are counted from 0."""
    met: dict[str, int] = {}
    count = Counter(field.name for field in message.fields)
    for field in message.fields:
        several = count[field.name] > 1 or field.name == "config"
        for value in field.values:
            number = met[field.name] = met.get(field.name, -1) + 1
            name = f"{above}{field.name}" + (f".{number}" if several else "")
            if isinstance(value, ProtoMessage):
                yield from values(value, f"{name}.")
            elif value.tokens:
                yield name, field, value.text


def models(text: Text) -> Iterator[tuple[ProtoField, ProtoMessage]]:
    """The `config` blocks of a models.config."""
    for _, listed in messages(text.root, "model_config_list"):
        yield from messages(listed, "config")
