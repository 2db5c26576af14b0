"""Properties: against the real java.util.Properties, and the loop of TorchServe's launcher written again."""

from __future__ import annotations

import base64
import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import hostile
from tests.support.examples import most
from tests.support.requires import needs_jdk, require
from wizard.errors import WizardError
from wizard.formats.source import SourceError, comment
from wizard.servers.torchserve.properties import LAUNCHER_KEYS, line, read_java, read_launcher

JAVA_KEYS = ["cors_allowed_origin", "load_models", "inference_address"]


class Java:
    """One JVM that loads any number of properties files."""

    def __init__(self, folder: Path) -> None:
        source = Path(__file__).parent / "PropertiesEcho.java"
        subprocess.run(["javac", "-d", folder, source], check=True, timeout=120)
        self._process = subprocess.Popen(
            ["java", "-cp", folder, "PropertiesEcho"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def load(self, data: bytes) -> dict[str, str] | str:
        """The settings, or the message of the exception."""
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(base64.b64encode(data).decode() + "\n")
        self._process.stdin.flush()
        reply = self._process.stdout.readline().rstrip("\n")
        if reply.startswith("!"):
            return reply[1:]

        def text(encoded: str) -> str:
            return base64.b64decode(encoded).decode("utf-16-be", "surrogatepass")

        pairs = (pair.split(":") for pair in reply.split())
        return {text(key): text(value) for key, value in pairs}

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Java]:
    require("jdk")
    machine = Java(tmp_path_factory.mktemp("java"))
    yield machine
    machine.close()


def launcher(data: bytes) -> dict[str, str]:
    """What ts/model_server.py of TorchServe 0.12.0 does with the file in a UTF-8 locale."""
    settings_: dict[str, str] = {}
    for each in io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"):
        stripped = each.strip()
        if stripped.startswith("#") or "=" not in stripped:
            continue
        name, _, value = stripped.partition("=")
        settings_[name.strip()] = value.strip()
    return settings_


def written(key: str, value: str) -> str | None:
    try:
        return line(key, value)
    except WizardError as error:
        assert error.title and error.detail
        return None


def check_java_key(java: Java, key: str, value: str) -> None:
    text = written(key, value)
    if text is None:
        return
    assert text.isascii() and "\n" not in text and "\r" not in text
    data = f"before=1\n{text}\nafter=2\n".encode()
    assert java.load(data) == {"before": "1", key: value, "after": "2"}
    # The launcher must not find one of its own keys in what is written for Java.
    assert set(launcher(data)) == {"before", key, "after"}


def check_launcher_key(java: Java, key: str, value: str) -> None:
    text = written(key, value)
    if text is None:
        return
    data = f"before=1\n{text}\nafter=2\n".encode()
    assert launcher(data) == {"before": "1", key: value, "after": "2"}
    assert java.load(data) == {"before": "1", key: value.encode().decode("latin-1"), "after": "2"}


@needs_jdk
@pytest.mark.parametrize("value", hostile.VALUES.values(), ids=hostile.VALUES.keys())
def test_hostile_values_reach_java_unchanged_or_are_refused(java: Java, value: str) -> None:
    check_java_key(java, "cors_allowed_origin", value)


@needs_jdk
@pytest.mark.parametrize("value", hostile.VALUES.values(), ids=hostile.VALUES.keys())
def test_hostile_values_reach_both_readers_unchanged_or_are_refused(java: Java, value: str) -> None:
    check_launcher_key(java, "model_store", value)


@needs_jdk
@settings(deadline=None, max_examples=most(200))
@given(key=st.sampled_from(JAVA_KEYS), value=hostile.values())
def test_any_text_reaches_java_unchanged_or_is_refused(java: Java, key: str, value: str) -> None:
    check_java_key(java, key, value)


@needs_jdk
@settings(deadline=None, max_examples=most(200))
@given(key=st.sampled_from(sorted(LAUNCHER_KEYS)), value=hostile.values())
def test_any_text_reaches_both_readers_unchanged_or_is_refused(java: Java, key: str, value: str) -> None:
    check_launcher_key(java, key, value)


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("cors_allowed_origin", "https://app.example", "cors_allowed_origin=https://app.example"),
        ("load_models", "a=b.mar, c=d.mar", "load_models=a=b.mar, c=d.mar"),
        ("models", '{"m": {"1.0": {}}}', 'models={"m": {"1.0": {}}}'),
        ("keystore", "C:\\keys\\a.p12", "keystore=C:\\\\keys\\\\a.p12"),
        ("keystore_pass", " x ", "keystore_pass=\\ x\\u0020"),
        ("keystore_pass", " ", "keystore_pass=\\u0020"),
        ("load_models", "modèle🤖", "load_models=mod\\u00e8le\\ud83e\\udd16"),
        ("model_store", "/modèles/my store", "model_store=/modèles/my store"),
        ("vmargs", "-Xmx1g -Da=b", "vmargs=-Xmx1g -Da=b"),
        ("cors_allowed_origin", "", "cors_allowed_origin="),
    ],
)
def test_what_is_written(key: str, value: str, expected: str) -> None:
    assert line(key, value) == expected


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cors_allowed_origin", "a\nb"),
        ("cors_allowed_origin", "a\rb"),
        ("cors_allowed_origin", "a\x00b"),
        ("cors_allowed_origin", "$$HOME$$"),
        ("unknown_key", "a $$ b $$"),
        ("model_store", "$$STORE$$"),
        ("model_store", "C:\\models"),
        ("model_store", " /models"),
        ("model_store", "/models "),
        ("model_store", "/models\u00a0"),
        ("model_store", "/models\n"),
        ("bad key", "x"),
        ("bad=key", "x"),
        ("#key", "x"),
        ("", "x"),
        *[("load_models", value) for value in hostile.UNENCODABLE],
    ],
)
def test_what_cannot_be_said_is_refused(key: str, value: str) -> None:
    with pytest.raises(WizardError) as caught:
        line(key, value)
    assert caught.value.detail


@needs_jdk
def test_comments_hold_anything(java: Java) -> None:
    data = "".join(f"{comment(value)}\na=1\n" for value in hostile.VALUES.values()).encode()
    assert java.load(data) == {"a": "1"}
    assert launcher(data) == {"a": "1"}


# Reading.

_SOURCE = st.text(alphabet="ab= :\t\f\\\n\r#!u0041é$", max_size=60)


@needs_jdk
@settings(deadline=None, max_examples=most(600))
@given(_SOURCE)
def test_reading_agrees_with_java(java: Java, text: str) -> None:
    data = text.encode("latin-1")
    try:
        entries = read_java(text)
    except SourceError as error:
        assert java.load(data) == error.title
        return
    assert java.load(data) == {entry.key: entry.value for entry in entries}


@settings(max_examples=most(500))
@given(st.text(alphabet="ab= :\t\f\\\n\r#!é\u00a0\x1c", max_size=60))
def test_reading_agrees_with_the_launcher(text: str) -> None:
    assert {entry.key: entry.value for entry in read_launcher(text)} == launcher(text.encode())


@settings(max_examples=most(500))
@given(_SOURCE)
def test_places_are_where_the_text_is(text: str) -> None:
    try:
        entries = read_java(text) + read_launcher(text)
    except SourceError as error:
        row = text.split("\n")[error.line - 1]
        assert row[error.column - 1 :].startswith("\\u")
        return
    rows = text.split("\n")
    for entry in entries:
        assert text[entry.start : entry.end] == entry.raw
        place = rows[entry.line - 1][entry.column - 1 :]
        if entry.key and "\\" not in entry.raw:
            assert place.startswith(entry.key)
            assert text[entry.value_at :].startswith(entry.value)


def test_positions_through_continuation_and_escapes() -> None:
    text = "# note\r\n  cors_allowed_origin : \\\r\n     https://a\\\r\n   .example\r\n!x\r\na\\=b = c\r\n"
    first, second = read_java(text)
    assert (first.key, first.value) == ("cors_allowed_origin", "https://a.example")
    assert (first.line, first.column, first.value_at) == (2, 3, text.index("https"))
    assert first.raw == "  cors_allowed_origin : \\\r\n     https://a\\\r\n   .example"
    assert (second.key, second.value, second.line, second.value_at) == ("a=b", "c", 6, text.index("c\r"))


def test_a_malformed_escape_names_its_place() -> None:
    with pytest.raises(SourceError) as caught:
        read_java("a=1\nmodel_store=C:\\users\n")
    assert (caught.value.line, caught.value.column) == (2, 15)
    assert caught.value.title == "Malformed \\uxxxx encoding."


def test_a_byte_order_mark_hides_the_first_key_from_both() -> None:
    text = "\ufeffmodel_store=/m\nb=2\n"
    assert "model_store" not in {entry.key for entry in read_launcher(text)}
    seen_by_java = read_java(text.encode().decode("latin-1"))
    assert [entry.key for entry in seen_by_java] == ["ï»¿model_store", "b"]


# Editing.
