"""Reading YAML: values against ruamel's rules of YAML 1.2 as Compose has them, places against the text."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.examples import most
from wizard.formats.source import SourceError
from wizard.formats.yaml_source import Node, read_all

FILE = """\
services:
  ü:
    image: "x\\ty"
    command: >
      --model m
      --host 0.0.0.0

    ports: ["1:2", '3:4', 22:22]
    text: |
      first=1
        second=2
    switch: no
"""


def first_document(text: str) -> Node:
    """The first document of a file, an empty one where there is none."""
    return next(iter(read_all(text)), Node(0, 0))


def test_values_are_those_of_compose() -> None:
    service = first_document(FILE).value["services"]["ü"]
    assert service == {
        "image": "x\ty",
        "command": "--model m --host 0.0.0.0\n",
        "ports": ["1:2", "3:4", "22:22"],
        "text": "first=1\n  second=2\n",
        "switch": "no",
    }


@pytest.mark.parametrize(
    ("key", "part", "line"), [("command", "--host", 6), ("text", "second", 11), ("text", "first", 10)]
)
def test_a_place_in_a_block_is_a_place_in_the_file(key: str, part: str, line: int) -> None:
    node = first_document(FILE).at("services", "ü", key)
    assert node is not None
    region = node.region(FILE)
    offset = region.origin(region.text.index(part))
    assert FILE[offset:].startswith(part) and FILE.count("\n", 0, offset) + 1 == line


def test_merge_keys_and_anchors() -> None:
    text = "base: &b {a: 1, c: 2}\nother: &o {a: 9}\nmine:\n  <<: [*b, *o]\n  c: 3\n"
    mine = first_document(text).get("mine")
    assert mine is not None and mine.value == {"a": 1, "c": 3}


def test_several_documents() -> None:
    assert [node.value for node in read_all("a: 1\n---\nb: 2\n")] == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("text", ["a: [", "a: b: c", "a: *x", "\x00", "[" * 200, "a: &x [*x]"])
def test_bad_text_is_refused_with_a_place(text: str) -> None:
    with pytest.raises(SourceError) as caught:
        first_document(text)
    assert caught.value.line >= 1 and caught.value.column >= 1


def test_a_file_that_unfolds_is_refused() -> None:
    rows = ["a: &a [x,x,x,x,x,x,x,x,x,x]"]
    rows += [f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 10)}]" for n in range(8)]
    with pytest.raises(SourceError, match="unfolds"):
        first_document("\n".join(rows))


@settings(max_examples=most(300), deadline=None)
@given(st.text(alphabet="ab:-[]{}#&*!|>'\"%@`\n ?,<.\\", max_size=60))
def test_never_crashes(text: str) -> None:
    try:
        read_all(text)
    except SourceError:
        return
