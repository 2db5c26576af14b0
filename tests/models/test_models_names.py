"""Names: what can be called, what is a version number, what may be shown."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wizard.models.names import callable_name, printable
from wizard.servers.tensorflow_serving.models.names import meant_version, version_number
from wizard.servers.torchserve.models.names import is_callable_name


@given(st.text(max_size=200))
def test_a_suggested_name_can_always_be_called_and_planned(text: str) -> None:
    name = callable_name(text)
    assert is_callable_name(name) and re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", name)
    if len(text) <= 128 and is_callable_name(text) and text[-1].isalnum():
        assert name == text


@pytest.mark.parametrize(
    ("name", "number"),
    [("1", 1), ("001", 1), ("+7", 7), (" 7", 7), ("-3", -3), (str(2**63 - 1), 2**63 - 1), ("0", 0)],
)
def test_version_numbers(name: str, number: int) -> None:
    assert version_number(name) == number


@pytest.mark.parametrize(
    "name", ["", "v1", "1.0", "1-a", "1_0", "١", "²", "0x1", "1e3", str(2**63), "9" * 5_000, "+ 1", "--1", "1 2", "１"]
)
def test_names_that_are_no_version_numbers(name: str) -> None:
    assert version_number(name) is None


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 5))
def test_every_int64_with_leading_zeros_is_a_version(number: int, zeros: int) -> None:
    text = ("-" if number < 0 else "") + "0" * zeros + str(abs(number))
    assert version_number(text) == number


@pytest.mark.parametrize(
    ("name", "number"),
    [("v1", 1), ("V12", 12), ("1.0", 1), ("version_3", 3), ("2-a", 2), ("model", None), ("vx", None)],
)
def test_what_was_meant(name: str, number: int | None) -> None:
    assert meant_version(name) == number


@given(st.text(max_size=300))
def test_what_is_shown_is_printable_and_short(text: str) -> None:
    assert printable(text).isprintable() and len(printable(text)) <= 120
