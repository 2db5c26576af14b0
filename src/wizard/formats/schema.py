"""The messages TensorFlow Serving reads as text, and checking a parsed text against them as C++ protobuf would.

Field names and numbers: model_server_config.proto, file_system_storage_path_source.proto, logging_config.proto,
log_collector_config.proto, monitoring_config.proto, ssl_config.proto of TensorFlow Serving.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.formats.source import Problem, SourceError
from wizard.formats.textproto import Document, Field, Message, Scalar, parse
from wizard.formats.textproto_tokens import Issue, Kind, Token

STRING, INT32, INT64, UINT32, BOOL, DOUBLE, BYTES, ENUM, MESSAGE = (
    "string",
    "int32",
    "int64",
    "uint32",
    "bool",
    "double",
    "bytes",
    "enum",
    "message",
)
_MAXIMUM = {INT32: 2**31 - 1, INT64: 2**63 - 1, UINT32: 2**32 - 1, ENUM: 2**31 - 1, BOOL: 1}
_TRUE, _FALSE = frozenset({"true", "True", "t"}), frozenset({"false", "False", "f"})
_DOUBLES = frozenset({"inf", "infinity", "nan"})
_ANY = "google.protobuf.Any"


@dataclass(frozen=True, slots=True)
class FieldType:
    """One field of a message; `of` names the message type, `names` the values of an enum, `oneof` its group."""

    name: str
    number: int
    kind: str
    repeated: bool = False
    of: str = ""
    oneof: str = ""
    names: Mapping[str, int] = field(default_factory=dict)
    is_map: bool = False


def _message(name: str, number: int, of: str, **more: Any) -> FieldType:
    return FieldType(name, number, MESSAGE, of=of, **more)


def _fields(*fields: FieldType) -> Mapping[str, FieldType]:
    return {each.name: each for each in fields}


_POLICY = "tensorflow.serving.FileSystemStoragePathSourceConfig.ServableVersionPolicy"
_LABELS = "tensorflow.serving.ModelConfig.VersionLabelsEntry"

MODEL_SERVER_CONFIG = "tensorflow.serving.ModelServerConfig"
MONITORING_CONFIG = "tensorflow.serving.MonitoringConfig"
SSL_CONFIG = "tensorflow.serving.SSLConfig"

MESSAGES: Mapping[str, Mapping[str, FieldType]] = {
    MODEL_SERVER_CONFIG: _fields(
        _message("model_config_list", 1, "tensorflow.serving.ModelConfigList", oneof="config"),
        _message("custom_model_config", 2, _ANY, oneof="config"),
    ),
    "tensorflow.serving.ModelConfigList": _fields(
        _message("config", 1, "tensorflow.serving.ModelConfig", repeated=True),
    ),
    "tensorflow.serving.ModelConfig": _fields(
        FieldType("name", 1, STRING),
        FieldType("base_path", 2, STRING),
        FieldType("model_type", 3, ENUM, names={"MODEL_TYPE_UNSPECIFIED": 0, "TENSORFLOW": 1, "OTHER": 2}),
        FieldType("model_platform", 4, STRING),
        _message("logging_config", 6, "tensorflow.serving.LoggingConfig"),
        _message("model_version_policy", 7, _POLICY),
        _message("version_labels", 8, _LABELS, repeated=True, is_map=True),
    ),
    _LABELS: _fields(FieldType("key", 1, STRING), FieldType("value", 2, INT64)),
    _POLICY: _fields(
        _message("latest", 100, f"{_POLICY}.Latest", oneof="policy_choice"),
        _message("all", 101, f"{_POLICY}.All", oneof="policy_choice"),
        _message("specific", 102, f"{_POLICY}.Specific", oneof="policy_choice"),
    ),
    f"{_POLICY}.Latest": _fields(FieldType("num_versions", 1, UINT32)),
    f"{_POLICY}.All": {},
    f"{_POLICY}.Specific": _fields(FieldType("versions", 1, INT64, repeated=True)),
    "tensorflow.serving.LoggingConfig": _fields(
        _message("log_collector_config", 1, "tensorflow.serving.LogCollectorConfig"),
        _message("sampling_config", 2, "tensorflow.serving.SamplingConfig"),
        _message("custom_logging_config", 3, _ANY),
    ),
    "tensorflow.serving.LogCollectorConfig": _fields(
        FieldType("type", 1, STRING),
        FieldType("filename_prefix", 2, STRING),
    ),
    "tensorflow.serving.SamplingConfig": _fields(
        FieldType("sampling_rate", 1, DOUBLE),
        FieldType("attributes", 2, INT32),
    ),
    MONITORING_CONFIG: _fields(_message("prometheus_config", 1, "tensorflow.serving.PrometheusConfig")),
    "tensorflow.serving.PrometheusConfig": _fields(
        FieldType("enable", 1, BOOL),
        FieldType("path", 2, STRING),
    ),
    SSL_CONFIG: _fields(
        FieldType("server_key", 1, STRING),
        FieldType("server_cert", 2, STRING),
        FieldType("custom_ca", 3, STRING),
        FieldType("client_verify", 4, BOOL),
    ),
    _ANY: _fields(FieldType("type_url", 1, STRING), FieldType("value", 2, BYTES)),
}
"""Message types by full name, and their fields by name."""


def check(document: Document, of: str) -> list[Issue]:
    """Everything wrong with a document as a message of type `of`, in the order C++ protobuf would meet it.

    The first issue is the one the server logs; C++ stops there, the rest is for the person mending the file.
    """
    found = list(_check_message(document.root, of))
    places = {issue.offset for issue in found}
    # Where a value is missing, the typed message ("Expected string, got: }") replaces the untyped one.
    plain = [issue for issue in document.issues if issue.order[1] == 0 or issue.offset not in places]
    return sorted([*plain, *found], key=lambda issue: issue.order)


def problems(document: Document, of: str) -> list[Problem]:
    """`check`, with lines and columns."""
    return [document.problem(issue) for issue in check(document, of)]


def load(text: str, of: str) -> dict[str, Any]:
    """The values of a text: fields that are set, by name; repeated ones as lists, maps as dictionaries.

    Raises SourceError with the server's own words for the first problem.
    """
    document = parse(text)
    for issue in check(document, of):
        raise SourceError(document.problem(issue), f"The server would log: {document.cpp(issue)}")
    return values(document.root, of)


def values(message: Message, of: str) -> dict[str, Any]:
    """The values of a message that `check` found nothing wrong with."""
    result: dict[str, Any] = {}
    for each in message.fields:
        kind = MESSAGES[of][each.name]
        read = [_read(value, kind) for value in each.values]
        if kind.is_map:
            pairs = {entry.get("key", ""): entry.get("value", 0) for entry in read}
            result.setdefault(each.name, {}).update(pairs)
        elif kind.repeated:
            result.setdefault(each.name, []).extend(read)
        else:
            result[each.name] = read[-1]
    return result


def _read(value: Scalar | Message, kind: FieldType) -> Any:
    if isinstance(value, Message):
        return values(value, kind.of)
    text = value.text
    if kind.kind == STRING:
        return text
    if kind.kind == BYTES:
        return text.encode()
    if kind.kind == BOOL:
        return text in _TRUE or (text[0].isdigit() and _integer(text) == 1)
    if kind.kind == DOUBLE:
        return float(text.rstrip("fF") if text[-1:] in "fF" and text.lower() not in ("inf", "-inf") else text)
    if kind.kind == ENUM and text in kind.names:
        return kind.names[text]
    return _integer(text)


def _integer(text: str) -> int | None:
    """C's reading: 0x… hexadecimal, 0… octal; None for what 64 bits cannot hold or base 8 does not know."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    try:
        if digits[:2] in ("0x", "0X"):
            number = int(digits[2:] or "0", 16)
        else:
            number = int(digits[:99], 8 if digits.startswith("0") else 10)
    except ValueError:
        return None
    return sign * number if number < 2**64 else None


def _check_message(message: Message, of: str) -> Iterator[Issue]:
    known = MESSAGES[of]
    present: dict[str, str] = {}
    for each in message.fields:
        if each.extension:
            yield _extension(each, of)
            continue
        kind = known.get(each.name)
        if kind is None:
            yield _after(each, f'Message type "{of}" has no field named "{each.name}".')
            continue
        group = kind.oneof or each.name
        if not kind.repeated and group in present:
            yield _repeated(each, kind, present[group])
        yield from _check_values(each, kind)
        if kind.kind == MESSAGE or any(not _is_default(value, kind) for value in each.values):
            present[group] = each.name


def _extension(each: Field, of: str) -> Issue:
    if of == _ANY:
        message = f'Could not find type "{each.name}" stored in google.protobuf.Any.'
        if each.colon and each.values:
            token = each.bracket or each.values[0].token
            return Issue((token.index, 1), token.offset, message)
        return _after(each, message)
    return _after(each, f'Extension "{each.name}" is not defined or is not an extension of "{of}".')


def _after(each: Field, message: str) -> Issue:
    return Issue((each.after.index, 1), each.after.offset, message)


def _repeated(each: Field, kind: FieldType, before: str) -> Issue:
    if before == each.name:
        return _after(each, f'Non-repeated field "{each.name}" is specified multiple times.')
    return _after(
        each,
        f'Field "{each.name}" is specified along with field "{before}", another member of oneof "{kind.oneof}".',
    )


def _is_default(value: Scalar | Message, kind: FieldType) -> bool:
    """In proto3 a scalar set to its default is as good as not set, so it may be set once more."""
    if isinstance(value, Message) or next(_check_value(value, kind), None):
        return False
    return not _read(value, kind)


def _check_values(each: Field, kind: FieldType) -> Iterator[Issue]:
    first = each.bracket or (each.values[0].token if each.values else None)
    if kind.kind != MESSAGE and not each.colon:
        yield _after(each, f'Expected ":", found "{each.after.text}".')
        return
    if each.bracket and not kind.repeated and first:
        yield Issue((first.index, 1), first.offset, _wrong(kind, each.bracket.text))
        return
    for value in each.values:
        yield from _check_value(value, kind)


def _check_value(value: Scalar | Message, kind: FieldType) -> Iterator[Issue]:
    if isinstance(value, Message):
        if kind.kind == MESSAGE:
            yield from _check_message(value, kind.of)
        else:
            yield Issue((value.token.index, 1), value.token.offset, _wrong(kind, value.token.text))
        return
    token, message = _scalar_problem(value, kind)
    if message:
        yield Issue((token.index, 1), token.offset, message)


def _wrong(kind: FieldType, found: str) -> str:
    expected = {
        MESSAGE: f'Expected "{{", found "{found}".',
        STRING: f"Expected string, got: {found}",
        BYTES: f"Expected string, got: {found}",
        BOOL: f"Expected identifier, got: {found}",
        DOUBLE: f"Expected double, got: {found}",
        ENUM: f"Expected integer or identifier, got: {found}",
    }
    return expected.get(kind.kind, f"Expected integer, got: {found}")


def _scalar_problem(value: Scalar, kind: FieldType) -> tuple[Token, str]:
    """What C++ says about a scalar in a field of that kind (empty if nothing), and where it points."""
    found = value.tokens[0]
    if value.negative and kind.kind not in (INT32, INT64, ENUM, DOUBLE):
        return value.token, _wrong(kind, "-")
    if kind.kind in (STRING, BYTES):
        return found, "" if found.kind is Kind.STRING else _wrong(kind, found.text)
    if kind.kind == MESSAGE:
        return found, _wrong(kind, found.text)
    if kind.kind == DOUBLE:
        return found, _double_problem(found)
    if kind.kind in (BOOL, ENUM) and found.kind is Kind.IDENTIFIER and not value.negative:
        return value.after, _name_problem(kind, found.text)
    if found.kind is not Kind.INTEGER:
        return found, f"Expected integer, got: {found.text}" if value.negative else _wrong(kind, found.text)
    number, limit = _integer(found.text), _MAXIMUM[kind.kind] + (1 if value.negative else 0)
    fits = number is not None and number <= limit
    return found, "" if fits else f"Integer out of range ({found.text})"


def _double_problem(token: Token) -> str:
    if token.kind is Kind.INTEGER and len(token.text) > 1 and token.text[0] == "0":
        return f"Expect a decimal number, got: {token.text}"
    if token.kind is Kind.IDENTIFIER:
        return "" if token.text.lower() in _DOUBLES else f"Expected double, got: {token.text.lower()}"
    return "" if token.kind in (Kind.INTEGER, Kind.FLOAT) else f"Expected double, got: {token.text}"


def _name_problem(kind: FieldType, text: str) -> str:
    if kind.kind == BOOL:
        known = text in _TRUE or text in _FALSE
        return "" if known else f'Invalid value for boolean field "{kind.name}". Value: "{text}".'
    return "" if text in kind.names else f'Unknown enumeration value of "{text}" for field "{kind.name}".'
