"""Shared by all readers and writers: positions in a text, problems at a position, text that no file can contain."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

from wizard.errors import WizardError
from wizard.fast_start import regex
from wizard.harmless import is_safe

_SURROGATE = regex("[\ud800-\udfff]")
_CONTROL = regex("[\x00-\x1f\x7f]")
_SHOWN = 40
_COMMENT_WIDTH = 1000


class SyntaxProblem(NamedTuple):
    """Something wrong at a place; line and column count from 1, in characters."""

    line: int
    column: int
    message: str


class SourceError(WizardError):
    """A text that its reader refuses, with the place (`line`, `column`)."""

    def __init__(self, problem: SyntaxProblem, hint: str = "") -> None:
        super().__init__(problem.message, f"line {problem.line}, column {problem.column}", hint)
        self.problem = problem
        self.line = problem.line
        self.column = problem.column


class LineIndex:
    """Turns offsets into (line, column), both from 1. Lines end with a line feed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def before(self, offset: int) -> str:
        """The part of the line before the offset."""
        return self._text[self._starts[bisect_right(self._starts, offset) - 1] : offset]

    def problem(self, offset: int, message: str) -> SyntaxProblem:
        line, column = self.at(offset)
        return SyntaxProblem(line, column, message)


def shown(value: str) -> str:
    """A value for use in a message: quoted, escaped, cut if long."""
    cut = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
    return ascii(cut) if not cut.isprintable() else f'"{cut}"'


def refuse(value: str, where: str, reason: str, hint: str = "") -> WizardError:
    """The error for a value that a format cannot contain."""
    return WizardError(f"{shown(value)} cannot be written into {where}", reason, hint)


def require_encodable(value: str, where: str) -> None:
    """Raise WizardError for text with lone surrogates, which no UTF-8 file can contain."""
    if not value.isascii() and _SURROGATE.search(value):
        raise refuse(value, where, "It holds bytes that are not valid text.", "Use a name in UTF-8.")


def require_no_controls(value: str, where: str, allowed: str = "") -> None:
    """Raise WizardError for control characters (line breaks, NUL, tabs) other than the allowed ones."""
    for match in _CONTROL.finditer(value) if not value.isprintable() else ():
        if match.group() not in allowed:
            name = _CONTROL_NAMES.get(match.group(), f"the control character U+{ord(match.group()):04X}")
            raise refuse(value, where, f"It holds {name}.", "Remove the character.")


def require_shown(value: str, where: str) -> None:
    """Raise WizardError for characters that a reader of the file could not see, where no escape can stand for them."""
    require_no_controls(value, where, allowed="\t")
    for char in value if not value.isprintable() else "":
        if not is_safe(char) and char != "\t":
            raise refuse(value, where, f"It holds U+{ord(char):04X}, which does not show.", "Remove the character.")


_CONTROL_NAMES = {"\n": "a line break", "\r": "a carriage return", "\t": "a tab", "\x00": "a NUL character"}


def comment(text: str) -> str:
    """Comment lines for every format here that starts them with `#`: one `# …` line for each line of the text.

    Characters that do not print (controls, direction marks, line separators) are shown escaped, so a comment can
    neither end early nor look like something it is not. Very long lines are broken: nginx reads none beyond 4 KiB.
    """
    return "\n".join(f"# {part}".rstrip() for line in text.split("\n") for part in _pieces(_visible(line)))


def _pieces(text: str) -> list[str]:
    if len(text) <= _COMMENT_WIDTH:
        return [text]
    return [text[at : at + _COMMENT_WIDTH] for at in range(0, len(text), _COMMENT_WIDTH)]


def _visible(text: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)
