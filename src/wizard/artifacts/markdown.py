"""Pieces of Markdown."""

from __future__ import annotations


def fenced(language: str, text: str) -> str:
    """A code block whose fence is longer than any in the text."""
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}\n{fence}\n\n"
