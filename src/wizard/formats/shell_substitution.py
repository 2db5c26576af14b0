"""Where a `$(…)` or `${…}` of a shell ends: past quotes, comments and here-documents that contain brackets."""

from __future__ import annotations

import re

from wizard.fast_start import regex
from wizard.formats import here_document

_COMMANDS = regex(
    r"""
    \\. | '[^']*' | (?<=[\s;(])\#[^\n]* | \n | ["()]
    | (?<!<)<<(?P<strip>-?)[ \t]*['"\\]?(?P<delimiter>[A-Za-z_][\w.-]*)
    """,
    re.DOTALL | re.VERBOSE,
)
_QUOTED = regex(r'\\.|\$\(|"', re.DOTALL)


def closing(text: str, at: int) -> int:
    """The place behind the bracket that closes the one at `at`; the end of the text if nothing does."""
    return _commands(text, at) if text[at] == "(" else _braces(text, at)


def _commands(text: str, at: int) -> int:
    inside: list[str] = []
    shifts = text.startswith("((", at)  # there, << is a sign of arithmetic
    documents: list[tuple[str, bool]] = []
    while match := (_QUOTED if inside[-1:] == ['"'] else _COMMANDS).search(text, at):
        at, token = match.end(), match.group()
        if token in ("(", "$("):
            inside.append("(")
        elif token == ")" or (token == '"' and inside[-1:] == ['"']):
            inside.pop()
            if not inside:
                return at
        elif token == '"':
            inside.append(token)
        elif token == "\n":
            while documents:
                _, at = here_document.ends(text, at, *documents.pop(0))
        elif token.startswith("<<") and not shifts:
            documents.append((match["delimiter"], bool(match["strip"])))
    return len(text)


def _braces(text: str, at: int) -> int:
    depth = 0
    while at < len(text):
        char = text[at]
        if char == "\\":
            at += 1
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if not depth:
                return at + 1
        at += 1
    return len(text)
