"""Numbers in texts of others: digits of ASCII alone, as Go, C++ and YAML read them, and never too many to convert."""

from __future__ import annotations


def decimal(text: str, most: int = 6) -> int | None:
    """The number that a text of digits is; None for any other text, and for one of more than `most` digits."""
    return int(text) if len(text) <= most and text.isascii() and text.isdecimal() else None


def counted(text: str, most: int) -> int:
    """The number from 1 to `most` that a text is; 0 for any other text."""
    number = decimal(text)
    return number if number is not None and number <= most else 0
