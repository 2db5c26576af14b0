"""Pieces of Markdown."""

from __future__ import annotations

from wizard.fast_start import regex
from wizard.harmless import one_line

_SPEAKING = regex(r"[\\|<>\[\]*`]")


def fenced(language: str, text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}\n\n"


def plain(text: str) -> str:
    """Text from elsewhere as part of a line or table cell: nothing in it acts as markup."""
    return _SPEAKING.sub(r"\\\g<0>", one_line(text))
