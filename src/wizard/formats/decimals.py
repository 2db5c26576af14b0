"""Numbers in files of others: digits of ASCII alone, as Go, C++ and YAML read them."""

from __future__ import annotations


def decimal(text: str, most: int = 6) -> int | None:
    """The number that a text of digits is; None for any other text, and for one of more than `most` digits."""
    return int(text) if len(text) <= most and text.isascii() and text.isdecimal() else None
