"""Text protobuf: against protobuf's own C++ parser (protoc --encode) and Python's text_format."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import DecodeError
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from tensorflow_serving.config import model_server_config_pb2

from tests.support import hostile
from tests.support.each import each
from tests.support.examples import most
from wizard.errors import WizardError
from wizard.formats import schema, textproto
from wizard.formats.source import SourceError, SyntaxProblem, comment
from wizard.servers.tensorflow_serving.reading.messages import (
    MESSAGES,
    MODEL_SERVER_CONFIG,
    MONITORING_CONFIG,
    SSL_CONFIG,
)

Config = model_server_config_pb2.ModelServerConfig


class Protoc:
    """One process that parses any number of texts as ModelServerConfig with the C++ parser."""

    def __init__(self) -> None:
        worker = Path(__file__).parent / "protoc_worker.py"
        self._process = subprocess.Popen(
            [sys.executable, worker], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def parse(self, text: str) -> Any | list[str]:
        """The message, or the lines of complaint, such as `6:12: Message type …`."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(text) + "\n")
        self._process.stdin.flush()
        accepted, data, errors = json.loads(self._process.stdout.readline())
        if accepted:
            try:
                return Config.FromString(base64.b64decode(data))
            except DecodeError:  # the C++ parser lets a string hold bytes that no reader of messages takes back
                reject()
        lines = ("\n" + errors.removesuffix("\nFailed to parse input.\n")).split("\ninput:")[1:]
        return [each for each in lines if ": warning: " not in each]

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def protoc() -> Iterator[Protoc]:
    pytest.importorskip("grpc_tools", reason="needs grpcio-tools, which carries the C++ parser")
    process = Protoc()
    yield process
    process.close()


def problems(document: textproto.Document, of: str, messages: schema.Messages) -> list[SyntaxProblem]:
    return [document.index.problem(issue.offset, issue.message) for issue in schema.check(document, of, messages)]


def load(text: str, of: str, messages: schema.Messages) -> dict[str, Any]:
    """The values of a text; SourceError for the first problem, with the server's own words."""
    document = textproto.parse(text)
    for issue in schema.check(document, of, messages):
        raise SourceError(
            document.index.problem(issue.offset, issue.message), f"The server would log: {document.cpp(issue)}"
        )
    return schema.values(document.root, of, messages)


def plain(message: Any) -> dict[str, Any]:
    """The set fields of a protobuf message as `schema.values` gives them."""
    result: dict[str, Any] = {}
    for field, value in message.ListFields():
        is_map = field.message_type is not None and field.message_type.GetOptions().map_entry
        if is_map:
            result[field.name] = dict(value)
        elif field.message_type is not None:
            result[field.name] = [plain(each) for each in value] if field.is_repeated else plain(value)
        else:
            result[field.name] = list(value) if field.is_repeated else value
    return result


def without_defaults(values: Any) -> Any:
    """proto3 does not tell a scalar set to its default from one that is not set; empty lists are not set either."""
    if not isinstance(values, dict):
        return values
    result = {}
    for name, value in values.items():
        if isinstance(value, list):
            value = [without_defaults(each) for each in value]
        elif isinstance(value, dict) and name != "version_labels":
            value = without_defaults(value)
            result[name] = value
            continue
        if value or isinstance(value, float):
            result[name] = value
    return result


# Complaints about a name in brackets, where releases of protobuf differ; nothing TensorFlow Serving reads has one.
VARYING = re.compile('type name|Type URL|Extension|Expected "]"|percent encode')


def agree(protoc: Protoc, text: str) -> None:
    expected = protoc.parse(text)
    document = textproto.parse(text)
    issues = schema.check(document, MODEL_SERVER_CONFIG, MESSAGES)
    if isinstance(expected, list):
        assert issues, expected
        if not VARYING.search(expected[0]):
            assert document.cpp(issues[0]) == expected[0]
    else:
        assert not issues
        assert without_defaults(load(text, MODEL_SERVER_CONFIG, MESSAGES)) == plain(expected)


def named(value: str) -> str:
    return f"model_config_list {{ config {{ name: {textproto.quote(value)} }} }}\n"


def check_quoted(protoc: Protoc, value: str) -> None:
    text = named(value)
    assert text.count("\n") == 1
    message = protoc.parse(text)
    assert not isinstance(message, list), message
    assert message.model_config_list.config[0].name == value
    assert text_format.Parse(text, Config()).model_config_list.config[0].name == value
    assert load(text, MODEL_SERVER_CONFIG, MESSAGES) == {"model_config_list": {"config": [{"name": value}]}}


@each((value,) for value in hostile.VALUES.values())
def test_hostile_strings_come_back(value: str, protoc: Protoc) -> None:
    check_quoted(protoc, value)


@settings(deadline=None, max_examples=most(300))
@given(hostile.values())
def test_any_string_comes_back(protoc: Protoc, value: str) -> None:
    check_quoted(protoc, value)


@pytest.mark.parametrize("value", hostile.UNENCODABLE)
def test_text_that_no_file_can_hold_is_refused(value: str) -> None:
    with pytest.raises(WizardError):
        textproto.quote(value)


def test_what_is_written() -> None:
    assert textproto.quote("/models/m") == '"/models/m"'
    assert textproto.quote('a"\\\n') == '"a\\"\\\\\\n"'
    assert textproto.quote("modèle\u202e\x00") == '"modèle\\342\\200\\256\\000"'


# Agreement on whole files.

VALID = """\
# served models
model_config_list: {
  # the first
  config <
    name: "half" '_plus' "_two"; base_path: '/models/\\x68\\141lf\\u00e9\\U0001F916',
    model_platform: "tensorflow"
    model_type: TENSORFLOW
    model_version_policy { specific { versions: [1, 0x2, 03] versions: -4 } }
    version_labels { key: "stable" value: 1 }
    version_labels: [{ key: "stable" value: 2 }, < key: "canary", value: 3 >]
    logging_config { sampling_config { sampling_rate: 1.5e-1f attributes: 7 } }
  >
  config { name: "b" model_type: 7 model_version_policy { latest: { num_versions: 2 } } }
}
"""


def policy(text: str) -> str:
    return f"model_config_list {{ config {{ model_version_policy {{ {text} }} }} }}"


def rate(text: str) -> str:
    return f"model_config_list {{ config {{ logging_config {{ sampling_config {{ sampling_rate: {text} }} }} }} }}"


FILES = {
    "valid": VALID,
    "empty": "",
    "only a comment": "# nothing",
    "address": (
        'model_config_list {\n  config {\n    name: "m"\n    base_path: "/models/m"\n'
        '    model_platform: "tensorflow"\n    address: "0.0.0.0"\n  }\n}\n'
    ),
    "port": "model_config_list { config { port: 8501 } }",
    "version_policy": "model_config_list { config { version_policy { all {} } } }",
    "config at top level": 'config { name: "m" }',
    "name twice": 'model_config_list { config { name: "a" name: "b" } }',
    "empty name, then a name": 'model_config_list { config { name: "" name: "b" } }',
    "name, then an empty name": 'model_config_list { config { name: "b" name: "" } }',
    "two policies": policy("latest {} all {}"),
    "one policy twice": policy("all {} all {}"),
    "two lists": "model_config_list {} model_config_list {}",
    "both of a oneof": "model_config_list {} custom_model_config {}",
    "JSON": '{"model_config_list": {}}',
    "labels as JSON": 'model_config_list { config { version_labels: { "a": 1 } } }',
    "list of configs": 'model_config_list { config: [ { name: "a" }, { name: "b" } ] }',
    "list of one field": 'model_config_list { config { name: ["a"] } }',
    "list of single messages": "model_config_list: [{}]",
    "empty list": "model_config_list { config: [] }",
    "separators": 'model_config_list { config { name: "a"; base_path: "/b", }; }',
    "two separators": 'model_config_list { config { name: "a";; } }',
    "Windows path": 'model_config_list { config { base_path: "C:\\models\\a" } }',
    "raw line break": 'model_config_list { config { name: "a\nb" } }',
    "open string": 'model_config_list { config { name: "a',
    "string that ends in a backslash": 'model_config_list { config { name: "a\\" } }',
    "no colon": 'model_config_list { config { name "a" } }',
    "no value": "model_config_list { config { name: } }",
    "no value for a message": "model_config_list { config { model_version_policy: } }",
    "number for a string": "model_config_list { config { name: 5 } }",
    "name for a string": "model_config_list { config { name: abc } }",
    "negative for a string": "model_config_list { config { name: -5 } }",
    "message for a string": "model_config_list { config { name: {} } }",
    "message for a string, no colon": "model_config_list { config { name {} } }",
    "string for a message": 'model_config_list: "a"',
    "negative for a message": "model_config_list: -1",
    "string for a number": policy('latest { num_versions: "1" }'),
    "negative unsigned": policy("latest { num_versions: -1 }"),
    "uint32 too large": policy("latest { num_versions: 4294967296 }"),
    "int64 at its ends": (
        "model_config_list { config { model_version_policy { specific { "
        "versions: [9223372036854775807, -9223372036854775808] } } } }"
    ),
    "int64 too large": policy("specific { versions: 9223372036854775808 }"),
    "int64 too small": policy("specific { versions: -9223372036854775809 }"),
    "float for an integer": policy("specific { versions: 1.0 }"),
    "list without commas": policy("specific { versions: [1 2] }"),
    "list with a trailing comma": policy("specific { versions: [1,] }"),
    "bad octal": policy("specific { versions: 08 }"),
    "number glued to a name": policy("specific { versions: 1a }"),
    "unknown enum value": "model_config_list { config { model_type: PYTORCH } }",
    "open enum": "model_config_list { config { model_type: 99 } }",
    "negative enum": "model_config_list { config { model_type: -1 } }",
    "string for an enum": 'model_config_list { config { model_type: "TENSORFLOW" } }',
    "wrong closing": "model_config_list { config < }",
    "too many closing": "model_config_list { } }",
    "not closed": "model_config_list { config {",
    "control character": "model_config_list \x01 { }",
    "tabs": "\tmodel_config_list {\n\t\tconfig {\n\t\t  \tport: 1\n}}",
    "accent before the mistake": 'model_config_list { config { name: "modèle" port: 1 } }',
    "comment at the end": "model_config_list { } # done",
    "slash comment": "// no\nmodel_config_list { }",
    "extension": "model_config_list { [a.b] { } }",
    "any": "custom_model_config { [type.googleapis.com/a.B] { } }",
    "any, plain": 'custom_model_config { type_url: "a/b" value: "x" }',
    "sampling rates": rate("inf"),
    "octal sampling rate": rate("010"),
    "word as sampling rate": rate("Half"),
}


@each((text,) for text in FILES.values())
def test_same_verdict_same_words_same_values_as_protobuf(text: str, protoc: Protoc) -> None:
    agree(protoc, text)


TOKENS = [
    *"{}<>[]:;,-",
    *("model_config_list", "config", "name", "base_path", "model_type", "model_version_policy", "version_labels"),
    *("latest", "all", "specific", "versions", "num_versions", "key", "value", "logging_config", "sampling_config"),
    *("sampling_rate", "custom_model_config", "TENSORFLOW", "address", '"a"', "'b'", '"\\n"', '"\\q"', "1", "-1"),
    *("0x1f", "07", "08", "1.5", ".5", "1e3", "2f", "inf", "# note\n", "\n", "\t", "9999999999999999999", "1.2.3"),
]


@settings(deadline=None, max_examples=most(500))
@given(st.data())
def test_damaged_files_get_the_same_first_complaint(protoc: Protoc, data: st.DataObject) -> None:
    pieces = re.findall(r"#[^\n]*\n|\"(?:\\.|[^\"])*\"|'[^']*'|[\w.+-]+|\s+|.", VALID)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(pieces) - 1))
        change = data.draw(st.sampled_from(["drop", "replace", "insert", "double"]))
        token = f" {data.draw(st.sampled_from(TOKENS))} "
        pieces[at : at + 1] = {
            "drop": [],
            "replace": [token],
            "insert": [token, pieces[at]],
            "double": [pieces[at], " ", pieces[at]],
        }[change] or [" "]
    agree(protoc, "".join(pieces))


@settings(deadline=None, max_examples=most(400))
@given(st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join))
def test_token_soup_gets_the_same_first_complaint(protoc: Protoc, text: str) -> None:
    agree(protoc, text)


@settings(deadline=None, max_examples=most(250))
@given(st.text(alphabet="\"'\\xXuU019aAfn?\t# .", max_size=14))
def test_any_literal_reads_as_in_protobuf(protoc: Protoc, inner: str) -> None:
    agree(protoc, f'custom_model_config {{ type_url: "{inner}" }}')


@settings(deadline=None, max_examples=most(200))
@given(st.lists(st.sampled_from(TOKENS), max_size=10).map(" ".join))
def test_what_is_accepted_python_accepts_with_equal_values(text: str) -> None:
    text = f"model_config_list {{ config {{ {text} }} }}"
    if schema.check(textproto.parse(text), MODEL_SERVER_CONFIG, MESSAGES):
        return
    message = text_format.Parse(text, Config())
    assert without_defaults(load(text, MODEL_SERVER_CONFIG, MESSAGES)) == plain(message)


@settings(max_examples=most(300))
@given(st.text(alphabet="{}<>[]:;,-ab\"'\\\n\t #1.é\x00\x01", max_size=40))
def test_reading_never_crashes_and_places_lie_in_the_text(text: str) -> None:
    for of in (MODEL_SERVER_CONFIG, MONITORING_CONFIG, SSL_CONFIG):
        document = textproto.parse(text)
        for problem in problems(document, of, MESSAGES):
            assert 1 <= problem.line <= text.count("\n") + 1
            assert problem.column >= 1 and problem.message


def test_all_mistakes_are_told_the_first_one_as_the_server_does() -> None:
    text = FILES["address"].replace('name: "m"', 'name: "m" nam: "x"').replace("base_path:", "base_path")
    document = textproto.parse(text)
    found = problems(document, MODEL_SERVER_CONFIG, MESSAGES)
    assert [(each.line, each.column) for each in found] == [(3, 18), (4, 15), (6, 12)]
    with pytest.raises(SourceError) as caught:
        load(FILES["address"], MODEL_SERVER_CONFIG, MESSAGES)
    assert caught.value.line == 6 and caught.value.column == 12
    assert 'Message type "tensorflow.serving.ModelConfig" has no field named "address".' in str(caught.value)
    assert "6:12: Message type" in caught.value.hint


def test_deep_nesting_is_refused_not_a_crash() -> None:
    document = textproto.parse("a {" * 100_000)
    assert "messages inside one another" in document.issues[0].message


def test_places_are_kept() -> None:
    document = textproto.parse(VALID)
    (models,) = document.root.fields
    first, second = models.values[0].fields  # type: ignore[union-attr]
    assert document.index.at(first.token.offset) == (4, 3)
    assert document.index.at(second.token.offset) == (13, 3)
    assert VALID[second.start : second.end].startswith("config { name") and VALID[second.end - 1] == "}"
    name = first.values[0].fields[0]  # type: ignore[union-attr]
    assert name.values[0].text == "half_plus_two"  # type: ignore[union-attr]


def test_comments_hold_anything(protoc: Protoc) -> None:
    notes = [comment(value) for value in hostile.VALUES.values()]
    text = "\n".join([*notes, "model_config_list { config {", *notes, 'name: "a" } }', *notes])
    assert not isinstance(protoc.parse(text), list)
    assert load(text, MODEL_SERVER_CONFIG, MESSAGES) == {"model_config_list": {"config": [{"name": "a"}]}}


def test_the_other_messages() -> None:
    monitoring = 'prometheus_config { enable: true path: "/metrics" }'
    assert load(monitoring, MONITORING_CONFIG, MESSAGES) == {"prometheus_config": {"enable": True, "path": "/metrics"}}
    ssl = "server_key: 'k\\n' 'e' server_cert: 'c' client_verify: 0"
    assert load(ssl, SSL_CONFIG, MESSAGES) == {"server_key": "k\ne", "server_cert": "c", "client_verify": False}
    for text, complaint in [
        (
            "server_key_file: 'x'",
            '1:16: Message type "tensorflow.serving.SSLConfig" has no field named "server_key_file".',
        ),
        ("client_verify: yes", '1:19: Invalid value for boolean field "client_verify". Value: "yes".'),
        ("client_verify: 2", "1:16: Integer out of range (2)"),
        ("client_verify: 'true'", "1:16: Expected identifier, got: 'true'"),
        ("server_cert: 'a\nb'", '1:16: Multiline strings are not allowed. Did you miss a "?.'),
    ]:
        document = textproto.parse(text)
        assert document.cpp(schema.check(document, SSL_CONFIG, MESSAGES)[0]) == complaint


# The table of messages.

_KINDS = {
    FieldDescriptor.TYPE_STRING: schema.STRING,
    FieldDescriptor.TYPE_BYTES: schema.BYTES,
    FieldDescriptor.TYPE_BOOL: schema.BOOL,
    FieldDescriptor.TYPE_DOUBLE: schema.DOUBLE,
    FieldDescriptor.TYPE_INT32: schema.INT32,
    FieldDescriptor.TYPE_INT64: schema.INT64,
    FieldDescriptor.TYPE_UINT32: schema.UINT32,
    FieldDescriptor.TYPE_ENUM: schema.ENUM,
    FieldDescriptor.TYPE_MESSAGE: schema.MESSAGE,
}


def reachable(descriptor: Descriptor, seen: dict[str, Descriptor]) -> dict[str, Descriptor]:
    if descriptor.full_name not in seen:
        seen[descriptor.full_name] = descriptor
        for each in descriptor.fields:
            if each.message_type is not None:
                reachable(each.message_type, seen)
    return seen


def test_the_schema_is_that_of_tensorflow_serving_api() -> None:
    for name, descriptor in reachable(Config.DESCRIPTOR, {}).items():
        expected = {
            each.name: (
                each.number,
                _KINDS[each.type],
                each.is_repeated,
                each.message_type.full_name if each.message_type is not None else "",
                each.containing_oneof.name if each.containing_oneof is not None else "",
                {value.name: value.number for value in each.enum_type.values} if each.enum_type is not None else {},
                each.message_type is not None and each.message_type.GetOptions().map_entry,
            )
            for each in descriptor.fields
        }
        actual = {
            each.name: (
                each.number,
                each.kind,
                each.repeated,
                each.of,
                each.oneof,
                dict(each.names),
                each.is_map,
            )
            for each in MESSAGES[name].values()
        }
        assert actual == expected, name
