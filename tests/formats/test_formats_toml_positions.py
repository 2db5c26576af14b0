"""Places in TOML: every path that tomllib finds has one, and it is where that value is written."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import tomli_w
import tomlkit
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import hostile
from tests.support.examples import most
from wizard.formats.toml_positions import Path, locate, positions

ANSWERS = """\
# answers
schema = 1
server = "torchserve" # which

[[models]]
name = "echo"
path = './model-store/[echo].mar'

[[models]]
name = "b"
  [models.options]
  batch.size = 4

[bind.inference]
scope = "all"
"port" = 8080

[cors.inference]
origins = [
  "https://a.example", # one
  "https://b.example",
]
methods = ["GET", "POST"]
limits = { body = 5, "rate \\u0041" = { burst = 2 } }
note = \"\"\"
[not.a.table]
x = 1 \"\"\"\"
other = '''a'''
when = 2001-01-01 10:00:00
"""


@pytest.mark.parametrize(
    ("path", "place"),
    [
        (("schema",), (2, 1)),
        (("server",), (3, 1)),
        (("models",), (5, 3)),
        (("models", 0), (5, 3)),
        (("models", 0, "path"), (7, 1)),
        (("models", 1), (9, 3)),
        (("models", 1, "name"), (10, 1)),
        (("models", 1, "options"), (11, 11)),
        (("models", 1, "options", "batch"), (12, 3)),
        (("models", 1, "options", "batch", "size"), (12, 9)),
        (("bind",), (14, 2)),
        (("bind", "inference"), (14, 7)),
        (("bind", "inference", "port"), (16, 1)),
        (("cors", "inference", "origins"), (19, 1)),
        (("cors", "inference", "origins", 1), (21, 3)),
        (("cors", "inference", "methods", 1), (23, 19)),
        (("cors", "inference", "limits", "body"), (24, 12)),
        (("cors", "inference", "limits", "rate A", "burst"), (24, 40)),
        (("cors", "inference", "other"), (28, 1)),
        (("cors", "inference", "when"), (29, 1)),
        (("not",), None),
        (("models", 2), None),
        (("models", 0, "options"), None),
    ],
)
def test_places_in_an_answers_file(path: Path, place: tuple[int, int] | None) -> None:
    tomllib.loads(ANSWERS)
    assert locate(ANSWERS, path) == place


def paths(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in pairs:
        yield (*at, key), each
        yield from paths(each, (*at, key))


def check(text: str) -> None:
    """Each scalar's place begins with its key (or, in an array, the value), and tomllib reads the value from there."""
    found = positions(text)
    rows = text.split("\n")
    expected = dict(paths(tomllib.loads(text)))
    assert set(expected) == set(found)
    for path, value in expected.items():
        line, column = found[path]
        rest = "\n".join([rows[line - 1][column - 1 :], *rows[line:]])
        if isinstance(value, dict | list):
            continue
        if isinstance(path[-1], int):
            assert starts_with_value(rest, value), (path, rest[:40])
        else:
            key, equals, rest = split_key(rest)
            assert key == path[-1] and equals, (path, rest[:40])
            assert starts_with_value(rest, value), (path, rest[:40])


def split_key(text: str) -> tuple[str, bool, str]:
    match = re.match(r"""([A-Za-z0-9_-]+|"(?:\\.|[^"\\])*"|'[^']*')[ \t]*(=?)[ \t]*""", text)
    assert match, text[:40]
    (key,) = tomllib.loads(f"{match[1]} = 0")
    return key, bool(match[2]), text[match.end() :]


def starts_with_value(text: str, value: Any) -> bool:
    """Whether some beginning of the text is TOML for the value. Values are unique in the generated documents."""
    ends = (match.start() for match in re.finditer(r"[\s,\]}#]|$", text))
    for end in ends:
        try:
            if tomllib.loads(f"x = {text[:end]}") == {"x": value}:
                return True
        except tomllib.TOMLDecodeError:
            continue
    return False


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Documents in which no scalar occurs twice."""
    short = [value for value in hostile.VALUES.values() if len(value) < 40]
    keys = st.one_of(st.sampled_from(["a", "b", "c-d", "1"]), st.sampled_from(short), st.text(max_size=5))
    leaves = st.one_of(st.just(0), st.sampled_from(short))
    shape = st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(keys, inner, max_size=3),
            st.lists(st.dictionaries(keys, inner, max_size=2), min_size=1, max_size=3),
        ),
        max_leaves=10,
    )

    def number(value: Any, count: Iterator[int]) -> Any:
        if isinstance(value, dict):
            return {key: number(each, count) for key, each in value.items()}
        if isinstance(value, list):
            return [number(each, count) for each in value]
        return next(count) if value == 0 else f"{value}{next(count)}"

    return st.dictionaries(keys, shape, max_size=4).map(lambda document: number(document, iter(range(100, 10_000))))


@settings(deadline=None, max_examples=most(120))
@given(documents(), st.booleans())
def test_every_path_of_a_written_document(document: dict[str, Any], multiline: bool) -> None:
    check(tomli_w.dumps(document, multiline_strings=multiline))


@settings(deadline=None, max_examples=most(60))
@given(documents())
def test_every_path_of_a_document_by_tomlkit(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    try:
        same = tomllib.loads(text) == document
    except tomllib.TOMLDecodeError:
        return  # tomlkit writes some of these keys wrongly
    if same:
        check(text)


def test_every_path_of_the_answers_file() -> None:
    found = positions(ANSWERS)
    assert set(found) == {path for path, _ in paths(tomllib.loads(ANSWERS))}


@settings(max_examples=most(500))
@given(st.text(alphabet="ab.=[]{}\"'\\#, \n1\r", max_size=40))
def test_reading_never_crashes_and_knows_all_of_a_valid_text(text: str) -> None:
    found = positions(text)
    try:
        expected = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    assert {path for path, _ in paths(expected)} == set(found)


def test_places_before_a_fault_are_known() -> None:
    assert locate("a = 1\nb = \n", ("a",)) == (1, 1)
