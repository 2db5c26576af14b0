"""Compose files: against PyYAML's two loaders and docker-compose, and our own reader against them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.formats.test_formats_yaml_source import first_document
from tests.support import hostile
from tests.support.each import each
from tests.support.examples import most
from tests.support.requires import compose_commands, needs_compose
from wizard.errors import WizardError
from wizard.formats import compose
from wizard.formats.interpolation import fill
from wizard.formats.region import Region
from wizard.formats.source import LineIndex, SourceError

LOADERS: list[Any] = [yaml.SafeLoader, *([yaml.CSafeLoader] if yaml.__with_libyaml__ else [])]


def doubled(value: Any) -> Any:
    """The document as YAML sees it, before Compose puts variables in."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, dict):
        return {key: doubled(each) for key, each in value.items()}
    return [doubled(each) for each in value] if isinstance(value, list) else value


def check(document: dict[str, Any]) -> None:
    text = compose.dump(document)
    for loader in LOADERS:
        assert yaml.load(text, Loader=loader) == doubled(document)
    assert first_document(text).value == doubled(document)


def keys() -> st.SearchStrategy[str]:
    return st.one_of(
        st.sampled_from(list(hostile.VALUES.values())).filter(lambda key: len(key) < 100), st.text(max_size=9)
    )


def documents() -> st.SearchStrategy[dict[str, Any]]:
    scalars = st.one_of(hostile.values(), st.integers(-(10**12), 10**12), st.booleans(), st.none())
    nested = st.recursive(
        scalars,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys(), inner, max_size=3)),
        max_leaves=8,
    )
    return st.dictionaries(keys(), nested, max_size=4)


def explained(value: Any, why: str) -> Any:
    """The same document with a comment above every part of it."""
    if isinstance(value, dict):
        return {key: compose.Explained(explained(each, why), why) for key, each in value.items()}
    return [compose.Explained(explained(each, why), why) for each in value] if isinstance(value, list) else value


@given(documents(), hostile.values())
@settings(deadline=None, max_examples=most(60))
def test_comments_change_nothing_whatever_they_say(document: dict[str, Any], why: str) -> None:
    text = compose.dump(explained(document, why))
    assert yaml.safe_load(text) == doubled(document) and first_document(text).value == doubled(document)


@each((value,) for value in hostile.VALUES.values())
def test_hostile_values_come_back(value: str) -> None:
    check({"services": {"server": {"command": [value, [value]], "environment": {"X": value}}}})


@each((v,) for v in hostile.VALUES.values() if len(v) < 1000)
def test_hostile_keys_come_back_without_doubled_dollars(key: str) -> None:
    text = compose.dump({key: {key: 1}})
    for loader in LOADERS:
        assert yaml.load(text, Loader=loader) == {key: {key: 1}}


@settings(deadline=None, max_examples=most(150))
@given(documents())
def test_any_document_comes_back(document: dict[str, Any]) -> None:
    check(document)


@pytest.mark.parametrize("value", hostile.UNENCODABLE)
def test_text_that_no_file_can_hold_is_refused(value: str) -> None:
    with pytest.raises(WizardError):
        compose.dump({"a": value})
    with pytest.raises(WizardError):
        compose.dump({value: "a"})


def test_what_is_written() -> None:
    document: dict[str, compose.Value] = {
        "services": {
            "server": {
                "image": "pytorch/torchserve:0.12.0-cpu",
                "init": True,
                "ports": ["127.0.0.1:8080:8080"],
                "environment": {"no": "no", "PRICE": "5$"},
                "tmpfs": [],
                "labels": {},
                "mem_limit": None,
                "volumes": [{"type": "bind", "read_only": True}, [1, "a"]],
            }
        }
    }
    assert compose.dump(document) == (
        "services:\n"
        "  server:\n"
        '    image: "pytorch/torchserve:0.12.0-cpu"\n'
        "    init: true\n"
        "    ports:\n"
        '      - "127.0.0.1:8080:8080"\n'
        "    environment:\n"
        '      "no": "no"\n'
        '      PRICE: "5$$"\n'
        "    tmpfs: []\n"
        "    labels: {}\n"
        "    mem_limit: null\n"
        "    volumes:\n"
        '      - type: "bind"\n'
        "        read_only: true\n"
        "      -\n"
        "        - 1\n"
        '        - "a"\n'
    )
    assert compose.dump({}) == "{}\n"
    assert compose.dump({"server": {"init": True}}, "  ") == "  server:\n    init: true\n"


@needs_compose
@pytest.mark.parametrize("major", [1, 2])
def test_compose_itself_reads_every_hostile_value_unchanged(tmp_path: Path, major: int) -> None:
    if major not in compose_commands():
        pytest.skip(f"Docker Compose {major} is not installed")
    # Compose 1 prints U+0085 raw in a plain scalar, where YAML readers take it for a line break.
    lost = "\x00" if major > 1 else "\x00\x85"
    values = [value for value in hostile.VALUES.values() if not set(lost) & set(value)]
    labels = {f"v{number}": value for number, value in enumerate(values)}
    service: dict[str, compose.Value] = {
        "image": "scratch",
        "labels": labels,
        "command": values,
        "ports": ["127.0.0.1:22:22"],
    }
    file = tmp_path / "compose.yaml"
    file.write_text(compose.dump({"version": "3.7", "services": {"server": service}}), encoding="utf-8")
    run = subprocess.run(
        [*compose_commands()[major], "-f", file, "config"],
        capture_output=True,
        text=True,
        timeout=120,
        encoding="utf-8",
    )
    assert run.returncode == 0, run.stderr
    # What it prints is a Compose file once more, with its dollars doubled again.
    read = yaml.load(run.stdout, Loader=yaml.BaseLoader)["services"]["server"]
    assert read["labels"] == doubled(labels)
    assert read["command"] == doubled(values)


# Reading.

SOURCE = """\
# mine
x-common: &common
  restart: no
  ports: ["22:22", 8080:8080]
services:
  ts:
    <<: *common
    image: "pytorch/torchserve:${TAG:-latest-cpu}"
    command: !!str 5
    environment: {A: 0o17, B: 1e3, C: ~, D: 0xff, E: 12, F: off, G: $$x, H: "1"}
    restart: always
"""


def test_values_as_compose_takes_them_with_places() -> None:
    root = first_document(SOURCE)
    server = root.get("services").get("ts")  # type: ignore[union-attr]
    assert server is not None
    assert server.value == {
        "restart": "always",
        "ports": ["22:22", "8080:8080"],
        "image": "pytorch/torchserve:${TAG:-latest-cpu}",
        "command": "5",
        "environment": {"A": 15, "B": 1000.0, "C": None, "D": 255, "E": 12, "F": "off", "G": "$$x", "H": "1"},
    }
    image, ports = server.get("image"), server.get("ports")
    lines = LineIndex(SOURCE)
    assert image is not None and lines.at(image.start) == (8, 12)
    assert ports is not None and ports.items is not None and lines.at(ports.items[1].start) == (4, 20)
    restart = server.get("restart")
    assert restart is not None and restart.text == "always"
    assert server.get("absent") is None


def test_interpolation() -> None:
    text = "a${X:-1}$Y$$Z${W}${V:-a b}${U:?no}"
    region, opened = fill(Region(text), {"Y": "2", "V": ""})
    assert (region.text, opened) == ("a12$Z${W}a b${U}", True)
    assert text[region.origin(region.text.index("$Z")) :].startswith("$$Z")
    assert fill(Region("5$$ a$$b"), {})[0].text == "5$ a$b"


@settings(max_examples=most(200))
@given(hostile.values())
def test_what_compose_interpolates_is_what_was_meant(value: str) -> None:
    text = yaml.safe_load(compose.interpolated(value))
    region, opened = fill(Region(text), {})
    assert (region.text, opened) == (value, False)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: [1, 2\nb: 3\n", 2, 2),
        ("a: b: c\n", 1, 5),
        ("a: *nowhere\n", 1, 4),
        ("a: 1\nb: \x01\n", 2, 4),
        ("\tb: 1\n", 1, 1),
        ("a: &a [*a]\n", 1, 8),
    ],
)
def test_mistakes_have_a_place(text: str, line: int, column: int) -> None:
    with pytest.raises(SourceError) as caught:
        first_document(text)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_bombs_are_refused() -> None:
    laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
    )
    for text in (laughs, "- " * 200_000, "[" * 1000, "x: " + "{a: " * 500):
        with pytest.raises(SourceError):
            first_document(text)


@settings(max_examples=most(400))
@given(st.text(alphabet="ab:- \n[]{},&*!|>'\"#?%@\t<$1", max_size=40))
def test_any_text_is_read_or_refused_and_agrees_with_the_reference_on_strings(text: str) -> None:
    try:
        expected = yaml.load(text, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, TypeError):
        expected = None
    try:
        node = first_document(text)
    except SourceError:
        return
    if isinstance(expected, str) and node.entries is None and node.items is None:
        assert node.text == expected
