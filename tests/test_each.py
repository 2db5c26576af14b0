from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.each import each


def test_each_case_that_fails_is_told_with_its_arguments() -> None:
    @each((number, "even") for number in range(5))
    def test(number: int, word: str) -> None:
        assert number % 2 == 0, word

    with pytest.raises(ExceptionGroup, match="2 of 5 cases fail") as told:
        test()
    assert [error.__notes__ for error in told.value.exceptions] == [["with 1, even"], ["with 3, even"]]


@each([(1,), (2,)])
def test_what_is_not_given_is_a_fixture(number: int, free_port: Callable[[], int]) -> None:
    assert free_port() > number


def test_no_case_at_all_is_a_failure() -> None:
    with pytest.raises(AssertionError, match="no case"):
        each([])(lambda: None)()
