"""What README.md says of the servers is what the code does."""

from __future__ import annotations

from scripts.make_readme import README, rendered


def test_the_support_table_is_todays() -> None:
    text = README.read_text("utf-8")
    assert rendered(text) == text
