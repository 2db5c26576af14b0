"""Texts that a terminal, a mail or a log collector broke into lines or quoted, restored as far as possible."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wizard.fast_start import regex

_NARROWEST = 40
"""Columns: a terminal that wraps text is at least this wide."""
_FEW = 30
"""Lines: a longer text is a log, whose lines are not joined."""
_FRESH = regex(
    r"\s{0,20}(?:[\[{]|\d{1,4}[-:/.]\d\d|[IWEDF] |at |Caused by|\S{1,60} {0,9}\| |[a-z0-9]{1,40}[_.]\w{1,40}: )"
)
"""How a line begins that does not continue the one before."""

_CURLY = str.maketrans("\u2018\u2019\u201a\u201c\u201d\u201e", "'''\"\"\"")
_BENT = regex(r"\\u(201[0-9a-f])", re.IGNORECASE)
"""A quotation mark as JSON writes it."""
_DICT = regex(r"\{'\w{1,60}': [^\n]{0,2000}\}")
"""A dictionary as Python prints it."""


def unquoted(text: str) -> str:
    """The text without the marks of a mail that quotes it."""
    lines = text.split("\n")
    if all(line.startswith(">") for line in lines if line.strip()):
        return "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines)
    return text


def straight(text: str) -> str:
    """The text with straight quotes: browsers, chats and word processors use curly ones."""
    return text.translate(_CURLY)


def as_said(text: str) -> str:
    """The text without the marks of a mail, with straight quotes, and with Python's dictionaries as JSON."""
    return _DICT.sub(lambda match: match.group().replace("'", '"'), straight(unquoted(text)))


def variants(text: str) -> Iterator[str]:
    """Other readings of a text: with whole lines, and without JSON's quotes."""
    lines = text.rstrip().split("\n")
    width = max(map(len, lines))
    if width >= _NARROWEST and len(lines) > 1:
        yield _joined(lines, width)
    if 1 < len(lines) <= _FEW and not any(_FRESH.match(line) for line in lines[1:]):
        yield " ".join(line.strip() for line in lines)
    if '\\"' in text or "\\n" in text:
        yield text.replace("\\n", "\n").replace('\\"', '"')
    if _BENT.search(text):
        yield straight(_BENT.sub(lambda mark: chr(int(mark[1], 16)), text))


def _joined(lines: list[str], width: int) -> str:
    """Lines of the full width continue in the next one; blank lines replace those that were joined, so line numbers
    stay the same."""
    text, owed = "", 0
    parts = []
    for line in lines:
        if len(line) == width:
            text, owed = text + line, owed + 1
        else:
            parts += [text + line, *[""] * owed]
            text, owed = "", 0
    return "\n".join([*parts, text])
