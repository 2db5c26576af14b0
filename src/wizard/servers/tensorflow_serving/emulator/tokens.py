"""The tokenizer of C++ protocol buffer text format (io/tokenizer.cc), with its error messages and positions.

Kept apart from the product's own reader on purpose: the emulator measures what the product predicts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\r\v\f\n]+|#[^\n]*")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SIMPLE_ESCAPES = dict(zip("abfnrtv\\?'\"", "\a\b\f\n\r\t\v\\?'\"", strict=True))


@dataclass(frozen=True, slots=True)
class ParsedToken:
    """`kind` is identifier, integer, float, string, symbol or end; line and column count from 0."""

    kind: str
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class ParseProblem:
    """One complaint; line and column count from 0."""

    line: int
    column: int
    message: str


class Tokenizer:
    """Split `text` (bytes read as Latin-1, since the C++ one counts bytes) into tokens; problems are collected."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.problems: list[ParseProblem] = []
        self._line = 0
        self._column = 0

    def next(self) -> ParsedToken:
        """Return the next token; its kind is `end` at the end of the text."""
        while True:
            self._skip_space()
            line, column, start = self._line, self._column, self.position
            if start >= len(self.text):
                return ParsedToken("end", "", line, column)
            character = self.text[start]
            if (match := _IDENTIFIER.match(self.text, start)) is not None:
                self._advance(match.end())
                return ParsedToken("identifier", match[0], line, column)
            if (character.isascii() and character.isdigit()) or self._dot_before_digit():
                kind = self._number()
            elif character in "\"'":
                self._string(character)
                kind = "string"
            elif character < " ":
                self._complain("Invalid control characters encountered in text.")
                while self.position < len(self.text) and self.text[self.position] < " ":
                    self._advance(self.position + 1)
                continue
            else:
                if character > "\x7f":
                    self._complain(f"Interpreting non ascii codepoint {ord(character)}.")
                self._advance(start + 1)
                kind = "symbol"
            return ParsedToken(kind, self.text[start : self.position], line, column)

    def _advance(self, end: int) -> None:
        for character in self.text[self.position : end]:
            if character == "\n":
                self._line, self._column = self._line + 1, 0
            elif character == "\t":
                self._column += 8 - self._column % 8
            else:
                self._column += 1
        self.position = end

    def _skip_space(self) -> None:
        while (match := _SPACE.match(self.text, self.position)) is not None:
            self._advance(match.end())

    def _complain(self, message: str) -> None:
        self.problems.append(ParseProblem(self._line, self._column, message))

    def _peek(self, pattern: str) -> bool:
        return re.compile(pattern).match(self.text, self.position) is not None

    def _dot_before_digit(self) -> bool:
        return self._peek(r"\.[0-9]")

    def _take(self, pattern: str) -> str:
        match = re.compile(pattern).match(self.text, self.position)
        if match is None:
            return ""
        self._advance(match.end())
        return match[0]

    def _number(self) -> str:
        kind = "integer"
        if self._take(r"0[xX]"):
            if not self._take(r"[0-9a-fA-F]+"):
                self._complain('"0x" must be followed by hex digits.')
        elif self._peek(r"0[0-9]"):
            self._take(r"[0-7]+")
            if self._peek(r"[0-9]"):
                self._complain("Numbers starting with leading zero must be in octal.")
                self._take(r"[0-9]+")
        else:
            kind = self._decimal()
        if self._peek(r"\."):
            what = "Hex and octal numbers must be integers."
            if kind == "float":
                what = "Already saw decimal point or exponent; can't have another one."
            self._complain(what)
        return kind

    def _decimal(self) -> str:
        kind = "integer"
        self._take(r"[0-9]*")
        if self._take(r"\.[0-9]*"):
            kind = "float"
        if self._take(r"[eE]"):
            kind = "float"
            self._take(r"[-+]")
            if not self._take(r"[0-9]+"):
                self._complain('"e" must be followed by exponent.')
        if self._take(r"[fF]"):
            kind = "float"
        return kind

    def _string(self, quote: str) -> None:
        self._advance(self.position + 1)
        while True:
            if self.position >= len(self.text):
                self._complain("Unexpected end of string.")
                return
            character = self.text[self.position]
            if character == "\n":
                self._complain('Multiline strings are not allowed. Did you miss a "?.')
                return
            self._advance(self.position + 1)
            if character == quote:
                return
            if character == "\\":
                self._escape()

    def _escape(self) -> None:
        if self._take(r"[abfnrtv\\?'\"]") or self._take(r"[0-7]"):
            return
        if self._take(r"[xX]"):
            if not self._take(r"[0-9a-fA-F]"):
                self._complain("Expected hex digits for escape sequence.")
        elif self._take(r"u"):
            if len(self._take(r"[0-9a-fA-F]{1,4}")) < 4:
                self._complain("Expected four hex digits for \\u escape sequence.")
        elif self._take(r"U"):
            if not self._take(r"00[01][0-9a-fA-F]{5}"):
                self._complain("Expected eight hex digits up to 10ffff for \\U escape sequence")
        else:
            self._complain("Invalid escape sequence in string literal.")


def unquote(literal: str) -> bytes:
    """Return the bytes a string token stands for (it may lack its closing quote after a problem)."""
    body = literal[1:]
    if body.endswith(literal[0]):
        body = body[:-1]

    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if code[0] in "01234567":
            return chr(int(code, 8) & 0xFF)
        if code[0] in "xX" and len(code) > 1:
            return chr(int(code[1:], 16))
        if code[0] in "uU" and len(code) > 1:
            return chr(int(code[1:], 16)).encode("utf-8", "surrogatepass").decode("latin-1")
        return _SIMPLE_ESCAPES.get(code, code)

    pattern = r"\\([0-7]{1,3}|[xX][0-9a-fA-F]{1,2}|u[0-9a-fA-F]{4}|U00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}|.)"
    return re.sub(pattern, replace, body, flags=re.DOTALL).encode("latin-1")
