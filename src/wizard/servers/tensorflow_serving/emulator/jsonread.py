"""Read JSON as the server's parser does (RapidJSON with NaN and Inf), with its error texts and offsets.

What follows the value is not looked at.

Python's own reader is tried first; whatever it refuses, or takes that RapidJSON refuses, goes to the slow one here.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .status import StatusError, invalid

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)")
_STRING = re.compile(r'[^"\\\x00-\x1f]*')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONSTANTS = {"null": None, "true": True, "false": False}


class _SlowError(Exception):
    """Python's reader met something that RapidJSON treats in another way."""


def read(body: bytes) -> Any:
    """Return the value of a JSON document; raises StatusError when it is not one."""
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    if body[:1] == b"\0":
        raise invalid("JSON Parse error: The document is empty. at offset: 0")
    for byte in b"\xef\xbb\xbf":  # RapidJSON skips each of them alone
        body = body.removeprefix(bytes((byte,)))
    text = body.decode("utf-8", "surrogateescape")
    try:
        if "\\ud" not in text and "\\uD" not in text:  # Python takes halves of surrogate pairs
            return _FAST.raw_decode(text, _blanks(text))[0]
    except (ValueError, _SlowError):
        pass
    except RecursionError:
        raise _too_deep() from None
    try:
        return _Reader(text).document()
    except RecursionError:
        raise _too_deep() from None


def _too_deep() -> StatusError:
    return invalid("JSON Parse error: nested too deeply for the Serving Wizard emulator")


def _first_wins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Keep the first of equal keys, which is the one RapidJSON finds."""
    result: dict[str, Any] = {}
    for key, value in pairs:
        result.setdefault(key, value)
    return result


def _integer(text: str) -> int | float:
    if len(text) > 18:
        value = _decimal(text)
        if value is None:
            raise _SlowError
        exact = int(text) if len(text) < 22 else None
        return exact if exact is not None and -(2**63) <= exact < 2**64 else value
    return int(text)


def _real(text: str) -> float:
    value = _decimal(text)
    if value is None:
        raise _SlowError
    return value


def _holds(whole: str) -> bool:
    """Whether a whole number is short of where RapidJSON stops adding digits to a double."""
    at = next(n for n in range(len(whole), 0, -1) if int(whole[:n]) < 1 << 64)
    value = float(whole[:at])
    for digit in whole[at:]:
        if value >= 1.7976931348623157e307:
            return False
        value = 10.0 * value + float(digit)
    return True


def _decimal(text: str) -> float | None:
    """The number; None where RapidJSON finds it too big, by its exponent mostly: 1.8e308 is infinite."""
    mantissa, _, exponent = text.lower().lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    if len(whole) > 310 or not _holds(whole):
        return None
    value, counted, taken = int(whole), len(whole) - 1, 0
    for digit in fraction:
        if value >> 53 and counted > 16:
            break
        value, taken = value * 10 + int(digit), taken + 1
        counted += value != 0
    power = int(exponent[:12] or "0") if len(exponent.lstrip("+-0")) < 10 else (-1 if exponent[0] == "-" else 1) * 10**9
    if power > 308 + taken:
        return None
    return float(text)


_FAST = json.JSONDecoder(object_pairs_hook=_first_wins, parse_int=_integer, parse_float=_real)


def _blanks(text: str, at: int = 0) -> int:
    """Where the blanks at a place end."""
    match = _SPACE.match(text, at)
    return match.end() if match else at


class _Reader:
    """A plain recursive-descent reader, used only for what is unusual or wrong."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, message: str, at: int | None = None) -> StatusError:
        before = self.text[: self.at if at is None else at]
        offset = len(before.encode("utf-8", "surrogateescape"))
        return invalid(f"JSON Parse error: {message} at offset: {offset}")

    def document(self) -> Any:
        self.space()
        if self.at >= len(self.text):
            raise self.fail("The document is empty.")
        return self.value()

    def space(self) -> None:
        self.at = _blanks(self.text, self.at)

    def peek(self) -> str:
        return self.text[self.at : self.at + 1]

    def value(self) -> Any:
        first = self.peek()
        if first == "{":
            return self.object()
        if first == "[":
            return self.array()
        if first == '"':
            return self.string()
        for word, constant in _CONSTANTS.items():
            if first == word[0]:
                return self.word(word, constant)
        return self.number()

    def word(self, word: str, constant: Any) -> Any:
        for character in word:
            if self.peek() != character:
                raise self.fail("Invalid value.")
            self.at += 1
        return constant

    def number(self) -> int | float:
        match = re.compile(r"-?(?:NaN|Inf(?:inity|(?!i)))").match(self.text, self.at)
        if match is not None:
            self.at = match.end()
            return float(match[0])
        start = self.at
        match = _NUMBER.match(self.text, start)
        if match is None:
            self.at += self.peek() == "-"
            raise self.fail("Invalid value.")
        self.at = match.end()
        whole = True
        for mark, what in ((r"\.", "fraction part"), (r"[eE][+-]?", "exponent")):
            if (match := re.compile(mark).match(self.text, self.at)) is None:
                continue
            whole = False
            self.at = match.end()
            digits = re.compile(r"[0-9]+").match(self.text, self.at)
            if digits is None:
                raise self.fail(f"Missing {what} in number.")
            self.at = digits.end()
        text = self.text[start : self.at]
        value = _decimal(text)
        if value is None:
            raise self.fail("Number too big to be stored in double.", start)
        return _integer(text) if whole else value

    def string(self) -> str:
        self.at += 1
        parts: list[str] = []
        while True:
            match = _STRING.match(self.text, self.at)
            if match is not None:
                parts.append(match[0])
                self.at = match.end()
            character = self.peek()
            if character in ("", "\0"):
                raise self.fail("Missing a closing quotation mark in string.")
            if character == '"':
                self.at += 1
                return "".join(parts)
            if character != "\\":
                raise self.fail("Invalid encoding in string.")
            parts.append(self.escape())

    def escape(self) -> str:
        start = self.at
        kind = self.text[start + 1 : start + 2]
        self.at += 2
        if kind in _ESCAPES:
            return _ESCAPES[kind]
        if kind != "u":
            raise self.fail("Invalid escape character in string.", start)
        code = self.hex(start)
        if 0xD800 <= code < 0xDC00:  # the other half alone is taken
            low = self.hex(start) if self.text[self.at : self.at + 2] == "\\u" else 0
            if not 0xDC00 <= low < 0xE000:
                raise self.fail("The surrogate pair in string is invalid.", start)
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
        return chr(code).encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")

    def hex(self, start: int) -> int:
        self.at += 2 if self.peek() == "\\" else 0
        digits = self.text[self.at : self.at + 4]
        if not re.fullmatch(r"[0-9a-fA-F]{4}", digits):
            raise self.fail("Incorrect hex digit after \\u escape in string.", start)
        self.at += 4
        return int(digits, 16)

    def array(self) -> list[Any]:
        self.at += 1
        items: list[Any] = []
        self.space()
        if self.peek() == "]":
            self.at += 1
            return items
        while True:
            items.append(self.value())
            self.space()
            mark = self.peek()
            if mark not in (",", "]") or not mark:
                raise self.fail("Missing a comma or ] after an array element.")
            self.at += 1
            if mark == "]":
                return items
            self.space()

    def object(self) -> dict[str, Any]:
        self.at += 1
        pairs: list[tuple[str, Any]] = []
        self.space()
        if self.peek() == "}":
            self.at += 1
            return {}
        while True:
            if self.peek() != '"':
                raise self.fail("Missing a name for object member.")
            name = self.string()
            self.space()
            if self.peek() != ":":
                raise self.fail("Missing a colon after a name of object member.")
            self.at += 1
            self.space()
            pairs.append((name, self.value()))
            self.space()
            mark = self.peek()
            if mark not in (",", "}") or not mark:
                raise self.fail("Missing a comma or } after an object member.")
            self.at += 1
            if mark == "}":
                return _first_wins(pairs)
            self.space()
