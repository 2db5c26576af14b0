"""Protobuf's text format: writing string literals, and reading a file into a tree with positions.

The reader follows protobuf's C++ tokenizer and parser (io/tokenizer.cc, text_format.cc), which a server written in C++
uses, including their wording and positions; Python's text_format is more lenient.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from wizard.fast_start import regex
from wizard.formats.source import LineIndex, require_encodable
from wizard.formats.textproto_tokens import Issue, Kind, Token, tokenize, unquote

MAX_DEPTH = 100
"""Deeper nesting is refused; no real configuration is nested as deeply."""

_PLAIN = regex(r"[ !#-\[\]-~]*")
_URL = regex(r"[A-Za-z0-9._~%!$&()*+,;=/-]+")
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def quote(value: str) -> str:
    """A string literal.

    Characters that do not print are written as octal bytes of their UTF-8 form. Raises WizardError for bytes that are
    not text (lone surrogates).
    """
    if _PLAIN.fullmatch(value):
        return f'"{value}"'
    require_encodable(value, "a text protobuf file")
    return '"' + "".join(_ESCAPES.get(char) or _octal(char) for char in value) + '"'


def _octal(char: str) -> str:
    if char.isprintable():
        return char
    return "".join(f"\\{byte:03o}" for byte in char.encode())


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as typed: adjacent strings, or one token with an optional minus sign before it.

    `token` is the first token, `after` the one that follows. If there is no value, `tokens` contains what is there
    instead.
    """

    token: Token
    tokens: tuple[Token, ...]
    after: Token
    negative: bool = False

    @property
    def text(self) -> str:
        """A string's decoded value, else the token as typed."""
        if self.tokens[0].kind is Kind.STRING:
            return b"".join(unquote(token.text) for token in self.tokens).decode("utf-8", "replace")
        return ("-" if self.negative else "") + "".join(token.text for token in self.tokens)


@dataclass(frozen=True, slots=True)
class ProtoMessage:
    """Fields in their order; `token` opens it (for the whole file: its first token)."""

    token: Token
    fields: tuple[ProtoField, ...]

    def all(self, name: str) -> list[ProtoField]:
        """The fields of that name."""
        return [each for each in self.fields if each.name == name]


@dataclass(frozen=True, slots=True)
class ProtoField:
    """One `name: value`.

    `after` is the token after the name, where C++ points when it rejects the name. `values` has one element, or those
    of a `[…]` list (`bracket` is then its opening token). `start`, `end`: offsets in the text, including a separator.
    """

    name: str
    token: Token
    after: Token
    colon: bool
    values: tuple[Scalar | ProtoMessage, ...]
    bracket: Token | None
    start: int
    end: int
    extension: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """A text, its tree as far as it could be read, and the problems found (none if it is well formed)."""

    text: str
    root: ProtoMessage
    issues: tuple[Issue, ...]
    index: LineIndex = field(repr=False)

    def cpp(self, issue: Issue) -> str:
        """`6:12: Message …`, as the server logs it: columns count bytes, and tabs reach to multiples of 8."""
        line, _ = self.index.at(issue.offset)
        column = 0
        for byte in self.index.before(issue.offset).encode("utf-8", "surrogatepass"):
            column += 8 - column % 8 if byte == 9 else 1
        return f"{line}:{column + 1}: {issue.message}"


def parse(text: str) -> Document:
    """Read a text-format file without knowing its message type. Never raises for bad text."""
    tokens, issues = tokenize(text)
    parser = _Parser(tokens, text)
    fields = parser.file()
    found = sorted([*issues, *parser.issues], key=lambda issue: issue.order)
    return Document(text, ProtoMessage(tokens[0], tuple(fields)), tuple(found), LineIndex(text))


class _StopError(Exception):
    """The parser gives up, like C++ at the first error that is not the tokenizer's."""


class _Parser:
    def __init__(self, tokens: list[Token], text: str) -> None:
        self._tokens = tokens
        self._text = text
        self._at = 0
        self._depth = 0
        self.issues: list[Issue] = []

    @property
    def _current(self) -> Token:
        return self._tokens[self._at]

    def file(self) -> list[ProtoField]:
        fields: list[ProtoField] = []
        try:
            while self._current.kind is not Kind.END:
                self._field(fields)
        except _StopError:
            pass
        return fields

    def _stop(self, message: str) -> _StopError:
        token = self._current
        self.issues.append(Issue((token.index, 1), token.offset, message))
        return _StopError()

    def _next(self) -> Token:
        token = self._current
        if token.kind is not Kind.END:
            self._at += 1
        return token

    def _looking_at(self, *texts: str) -> bool:
        return self._current.kind is Kind.SYMBOL and self._current.text in texts

    def _accept(self, text: str) -> bool:
        if self._looking_at(text):
            self._at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._stop(f'Expected "{text}", found "{self._current.text}".')

    def _field(self, into: list[ProtoField]) -> None:
        """Read one field and append it, even if what follows its name cannot be read."""
        first = self._current
        extension = self._looking_at("[")
        name = self._extension_name() if extension else self._identifier()
        after = self._current
        colon = self._accept(":")
        values: list[Scalar | ProtoMessage] = []
        bracket = self._current if self._looking_at("[") else None

        def done() -> None:
            end = self._tokens[self._at - 1]
            span = first.offset, end.offset + len(end.text)
            into.append(ProtoField(name, first, after, colon, tuple(values), bracket, *span, extension=extension))

        try:
            self._list(values) if bracket else self._value(values)
            self._accept(";") or self._accept(",")
        except _StopError:
            done()
            raise
        done()

    def _list(self, values: list[Scalar | ProtoMessage]) -> None:
        self._expect("[")
        if self._accept("]"):
            return
        while True:
            self._value(values)
            if self._accept("]"):
                return
            self._expect(",")

    def _value(self, values: list[Scalar | ProtoMessage]) -> None:
        if self._looking_at("{", "<"):
            self._message(values)
            return
        first = self._current
        if first.kind is Kind.STRING:
            values.append(Scalar(first, tuple(self._strings()), self._current))
            return
        negative = self._accept("-")
        if self._current.kind not in (Kind.INTEGER, Kind.FLOAT, Kind.IDENTIFIER):
            values.append(Scalar(first, (self._current,), self._current, negative))
            raise self._stop(f"Cannot skip field value, unexpected token: {self._current.text}")
        values.append(Scalar(first, (self._next(),), self._current, negative))

    def _strings(self) -> Iterator[Token]:
        while self._current.kind is Kind.STRING:
            yield self._next()

    def _message(self, values: list[Scalar | ProtoMessage]) -> None:
        opening = self._next()
        fields: list[ProtoField] = []
        self._depth += 1
        try:
            if self._depth > MAX_DEPTH:
                raise self._stop(f"More than {MAX_DEPTH} messages inside one another.")
            while not self._looking_at(">", "}"):
                self._field(fields)
            self._expect("}" if opening.text == "{" else ">")
        finally:
            self._depth -= 1
            values.append(ProtoMessage(opening, tuple(fields)))

    def _identifier(self) -> str:
        if self._current.kind is not Kind.IDENTIFIER:
            raise self._stop(f"Expected identifier, got: {self._current.text}")
        return self._next().text

    def _extension_name(self) -> str:
        self._expect("[")
        parts = []
        while _URL.fullmatch(self._current.text):
            parts.append(self._next().text)
        self._expect("]")
        return "".join(parts)
