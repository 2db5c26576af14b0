"""The tokens of protobuf's text format, as found by the C++ tokenizer (io/tokenizer.cc), and its complaints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto

from wizard.fast_start import regex


class Kind(Enum):
    """What a token is, in the words of the C++ tokenizer."""

    IDENTIFIER = auto()
    INTEGER = auto()
    FLOAT = auto()
    STRING = auto()
    SYMBOL = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A token; `index` counts tokens, and orders problems as the C++ parser would find them."""

    kind: Kind
    text: str
    offset: int
    index: int


@dataclass(frozen=True, slots=True)
class Issue:
    """A problem before it has a line: `order` sorts as the C++ parser reports."""

    order: tuple[int, int]
    offset: int
    message: str


_TOKEN = regex(
    r"""(?P<space>[ \n\t\r\v\f]+)
      | (?P<comment>\#[^\n\0]*\n?)
      | (?P<identifier>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<hex>0[xX][0-9a-fA-F]*)
      | (?P<octal>0[0-9]+)
      | (?P<number>(?:\.[0-9]+|[0-9]+(?P<point>\.[0-9]*)?)(?P<exponent>[eE][-+]?[0-9]*)?(?P<suffix>[fF])?)
      | (?P<string>["'])
      | (?P<control>[\x00-\x1f]+)
      | (?P<symbol>.)""",
    re.VERBOSE | re.DOTALL,
)
_STRING_RUN = {quote: regex(rf"[^\\\n\0{quote}]*") for quote in "\"'"}
_ESCAPE = regex(
    r"""\\(?: (?P<letter>[abfnrtv\\?'"]) | (?P<octal>[0-7]{1,3}) | [xX](?P<hex>[0-9a-fA-F]{1,2})
          | u(?P<four>[0-9a-fA-F]{4}) | U(?P<eight>00(?:0[0-9a-fA-F]|10)[0-9a-fA-F]{4}) )""",
    re.VERBOSE,
)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def unquote(literal: str) -> bytes:
    """The bytes of a string token. Escapes that the tokenizer rejects stay as typed."""

    def one(match: re.Match[str]) -> str:
        if match["letter"]:
            return _LETTERS.get(match["letter"], match["letter"])
        if match["octal"]:
            return chr(0xDC00 + (int(match["octal"], 8) & 0xFF))
        if match["hex"]:
            return chr(0xDC00 + int(match["hex"], 16))
        return chr(int(match["four"] or match["eight"], 16))

    closed = len(literal) > 1 and literal[-1] == literal[0]
    text = literal[1:-1] if closed else literal[1:]
    if "\\" not in text:
        return text.encode("utf-8", "surrogatepass")
    # Bytes travel as U+DC00..U+DCFF, where no character of a decoded text can be.
    return b"".join(
        bytes([ord(char) - 0xDC00]) if 0xDC00 <= ord(char) <= 0xDCFF else char.encode("utf-8", "surrogatepass")
        for char in _ESCAPE.sub(one, text)
    )


def tokenize(text: str) -> tuple[list[Token], list[Issue]]:
    """The tokens (the last one is END), and the complaints."""
    return _Tokenizer(text).run()


class _Tokenizer:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens: list[Token] = []
        self._issues: list[Issue] = []

    def run(self) -> tuple[list[Token], list[Issue]]:
        at = 0
        while match := _TOKEN.match(self._text, at):
            at = self._one(match)
        self._add(Kind.END, at, at)
        return self._tokens, self._issues

    def _one(self, match: re.Match[str]) -> int:
        """Take one token (or what separates tokens) and say where the next begins."""
        start, end, group = match.start(), match.end(), match.lastgroup
        if group in ("space", "comment"):
            return end
        if group == "control":
            self._issue(start, "Invalid control characters encountered in text.")
        elif group == "identifier":
            self._add(Kind.IDENTIFIER, start, end)
        elif group == "string":
            end = self._string(match.group(), start)
        elif group == "symbol":
            if not match.group().isascii():
                first = match.group().encode("utf-8", "surrogatepass")[0]
                self._issue(start, f"Interpreting non ascii codepoint {first}.")
            self._add(Kind.SYMBOL, start, end)
        else:
            self._number(match)
        return end

    def _add(self, kind: Kind, start: int, end: int) -> None:
        self._tokens.append(Token(kind, self._text[start:end], start, len(self._tokens)))

    def _issue(self, offset: int, message: str) -> None:
        self._issues.append(Issue((len(self._tokens), 0), offset, message))

    def _number(self, match: re.Match[str]) -> None:
        text, end = match.group(), match.end()
        is_float = match["number"] is not None and not text.isdigit()
        if text.startswith(".") and self._glued_to_identifier(match.start()):
            self._issue(match.start(), "Need space between identifier and decimal point.")
        if match["hex"] and len(text) == 2:
            self._issue(end, '"0x" must be followed by hex digits.')
        if match["octal"] and (wrong := re.search("[89]", text)):
            self._issue(match.start() + wrong.start(), "Numbers starting with leading zero must be in octal.")
        if (exponent := match["exponent"]) and not exponent[-1].isdigit():
            self._issue(match.end("exponent"), '"e" must be followed by exponent.')
        following = self._text[end : end + 1]
        if following == "_" or (following.isascii() and following.isalpha()):
            self._issue(end, "Need space between number and identifier.")
        elif following == ".":
            self._issue(
                end,
                "Already saw decimal point or exponent; can't have another one."
                if is_float
                else "Hex and octal numbers must be integers.",
            )
        self._add(Kind.FLOAT if is_float else Kind.INTEGER, match.start(), end)

    def _glued_to_identifier(self, offset: int) -> bool:
        if not self._tokens or self._tokens[-1].kind is not Kind.IDENTIFIER:
            return False
        return self._tokens[-1].offset + len(self._tokens[-1].text) == offset

    def _string(self, delimiter: str, start: int) -> int:
        text, at = self._text, start + 1
        while True:
            run = _STRING_RUN[delimiter].match(text, at)
            at = run.end() if run else at
            char = text[at : at + 1]
            if char == delimiter:
                at += 1
                break
            if char == "\\":
                at = self._escape(at)
                continue
            message = "Unexpected end of string."
            if char == "\n":
                message = 'Multiline strings are not allowed. Did you miss a "?.'
            self._issue(at, message)
            break
        self._add(Kind.STRING, start, at)
        return at

    def _escape(self, at: int) -> int:
        if match := _ESCAPE.match(self._text, at):
            return match.end()
        letter = self._text[at + 1 : at + 2]
        if letter in ("x", "X"):
            self._issue(at + 2, "Expected hex digits for escape sequence.")
            return at + 2
        if letter in ("u", "U"):
            digits, wanted = (4, r"[0-9a-fA-F]*") if letter == "u" else (8, r"(?:0(?:0(?:[01][0-9a-fA-F]*)?)?)?")
            found = re.compile(wanted).match(self._text, at + 2, at + 2 + digits)
            end = found.end() if found else at + 2
            named = "four hex digits for \\u escape sequence."
            if letter == "U":
                named = "eight hex digits up to 10ffff for \\U escape sequence"
            self._issue(end, f"Expected {named}")
            return end
        self._issue(at + 1, "Invalid escape sequence in string literal.")
        return at + 1
