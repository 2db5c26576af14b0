"""The position of a key or element in a TOML text, for messages about it. tomllib reads the text elsewhere."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias

from wizard.fast_start import regex
from wizard.formats.source import LineIndex

Path: TypeAlias = "tuple[str | int, ...]"

_SPACE = regex(r"(?:[ \t\r\n]|#[^\n]*)+")
_INLINE_SPACE = regex(r"[ \t]*")
_BARE_KEY = regex(r"[A-Za-z0-9_-]+")
_STRING = regex(
    r'"""(?:\\.|[^\\])*?"""(?:""?(?!"))?' r"|'''.*?'''(?:''?(?!'))?" r'|"(?:\\.|[^"\\\n])*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_OTHER_VALUE = regex(r"[^\s,\]}#]+(?: [0-9][^\s,\]}#]*)?")
_ESCAPE = regex(r'\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([btnfr"\\]))')
_LETTERS = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"}


def locate(text: str, path: Sequence[str | int]) -> tuple[int, int] | None:
    """(line, column) from 1 of a key, table, or array element; None if it does not exist.

    For a table: the last part of the path in its first header; for an element of an array of tables: its header.
    """
    return positions(text).get(tuple(path))


def positions(text: str) -> Mapping[Path, tuple[int, int]]:
    """All positions in a text. If it is not valid TOML: those before the fault."""
    scanner = _Scanner(text)
    with contextlib.suppress(_FaultError):
        scanner.document()
    index = LineIndex(text)
    return {path: index.at(offset) for path, offset in scanner.found.items()}


class _FaultError(Exception):
    """The text is not valid TOML from here on."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.found: dict[Path, int] = {}
        self._text = text
        self._at = 0
        self._table: Path = ()
        self._tables: dict[Path, int] = {}

    def document(self) -> None:
        while self._skip(_SPACE) or self._at < len(self._text):
            if self._at >= len(self._text):
                return
            if self._text[self._at] == "[":
                self._header()
            else:
                self._pair(self._table)

    def _skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self._text, self._at)
        if match is None or not match.group():
            return False
        self._at = match.end()
        return True

    def _take(self, mark: str) -> bool:
        if self._text.startswith(mark, self._at):
            self._at += len(mark)
            return True
        return False

    def _need(self, mark: str) -> None:
        if not self._take(mark):
            raise _FaultError

    def _header(self) -> None:
        array = self._take("[[")
        if not array:
            self._need("[")
        self._table = self._keys((), array=array)
        self._need("]]" if array else "]")

    def _keys(self, base: Path, *, array: bool = False, header: bool = True) -> Path:
        """Read a dotted key below `base`; note the place of each part, and return its path."""
        path = base
        while True:
            self._skip(_INLINE_SPACE)
            offset, key = self._at, self._key()
            self._skip(_INLINE_SPACE)
            path = (*path, key)
            self.found.setdefault(path, offset)
            if not self._take("."):
                break
            path = self._element(path) if header else path
        if array:
            count = self._tables.get(path, 0)
            self._tables[path] = count + 1
            path = (*path, count)
            self.found[path] = offset
        return path

    def _element(self, path: Path) -> Path:
        """Headers below an array of tables mean its last element."""
        return (*path, self._tables[path] - 1) if path in self._tables else path

    def _key(self) -> str:
        if match := _BARE_KEY.match(self._text, self._at):
            self._at = match.end()
            return match.group()
        match = _STRING.match(self._text, self._at)
        if match is None or match.group()[:3] in ('"""', "'''"):
            raise _FaultError
        self._at = match.end()
        body = match.group()[1:-1]
        return body if match.group()[0] == "'" else _ESCAPE.sub(_unescape, body)

    def _pair(self, base: Path) -> None:
        path = self._keys(base, header=False)
        self._need("=")
        self._skip(_INLINE_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        if self._take("["):
            self._array(path)
        elif self._take("{"):
            self._inline_table(path)
        elif not self._skip(_STRING) and not self._skip(_OTHER_VALUE):
            raise _FaultError

    def _array(self, path: Path) -> None:
        position = 0
        while True:
            self._skip(_SPACE)
            if self._take("]"):
                return
            element = (*path, position)
            self.found.setdefault(element, self._at)
            self._value(element)
            position += 1
            self._skip(_SPACE)
            if not self._take(","):
                self._skip(_SPACE)
                self._need("]")
                return

    def _inline_table(self, path: Path) -> None:
        self._skip(_SPACE)
        while not self._take("}"):
            self._pair(path)
            self._skip(_SPACE)
            if not self._take(","):
                self._need("}")
                return
            self._skip(_SPACE)


def _unescape(match: re.Match[str]) -> str:
    code = match[1] or match[2]
    return chr(int(code, 16)) if code else _LETTERS.get(match[3], match[3])
