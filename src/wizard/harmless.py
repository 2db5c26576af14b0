"""Text from elsewhere made safe to show: nothing in it moves a cursor, sets a title or changes the writing
direction."""

from __future__ import annotations

import unicodedata

MARK = "�"
_LINES = "\n\t"


def is_safe(char: str) -> bool:
    """Whether a character shows as itself; line ends and tabs do not."""
    return char.isprintable() or unicodedata.category(char) == "Zs"


def harmless(text: str) -> str:
    """`text` with a mark in place of each control or direction character; line ends and tabs stay.

    Control characters of C0 and C1, direction and zero-width marks, line separators, lone surrogates: everything that
    `str.isprintable` refuses, except blanks.
    """
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    ends = text.replace("\r\n", "\n")
    return "".join(char if char in _LINES or is_safe(char) else MARK for char in ends)


def one_line(text: str) -> str:
    """`text`, such as a file name, as part of one line: line ends and tabs in it are marked too."""
    return text if text.isprintable() else "".join(char if is_safe(char) else MARK for char in text)


def without(text: str) -> str:
    """`text` without such characters, for places where the width of the text is already fixed."""
    return text if text.isprintable() else "".join(filter(is_safe, text))


def json_text(value: object, compact: bool = False) -> str:
    """A JSON document in which such characters are escaped (`\\u009b`), so that a reader gets them whole."""
    # Most commands write none, and it takes a tenth of what `--help` does to load.
    import json

    text = json.dumps(value, ensure_ascii=False, indent=None if compact else 2)
    if all(map(str.isprintable, text.split("\n"))):
        return text
    return "".join(char if char == "\n" or is_safe(char) else json.dumps(char)[1:-1] for char in text)
