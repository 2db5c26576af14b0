"""Text-format protocol buffers read as the server's C++ parser reads them (text_format.cc), messages included.

Python's own parser words its errors differently and is more lenient (it takes unknown escapes, for example).
"""

from __future__ import annotations

import re
from typing import Any

from .tokens import ParseProblem, Tokenizer, unquote

_FLOAT = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_INTEGER_RANGE = {
    "int32": (-(2**31), 2**31 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint32": (0, 2**32 - 1),
    "uint64": (0, 2**64 - 1),
}
_TYPES = {1: "double", 2: "float", 3: "int64", 4: "uint64", 5: "int32", 8: "bool", 9: "string", 12: "bytes"} | {
    11: "message",
    13: "uint32",
    14: "enum",
}


class _StopError(Exception):
    """Parsing ends at the parser's first complaint."""


def parse(data: bytes, message: Any) -> list[str]:
    """Fill `message` from `data`; return the complaints as `line:column: text`, counted from 1; empty means fine."""
    parser = _Parser(data.decode("latin-1"))
    problems: list[ParseProblem] = []
    try:
        while parser.token.kind != "end":
            parser.field(message)
    except _StopError as stop:
        problems.append(stop.args[0])
    except RecursionError:
        at = parser.token
        problems.append(
            ParseProblem(at.line, at.column, "Message is too deep, the parser exceeded the recursion limit")
        )
    return [f"{p.line + 1}:{p.column + 1}: {p.message}" for p in [*parser.tokens.problems, *problems]]


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = Tokenizer(text)
        self.token = self.tokens.next()

    def advance(self) -> None:
        self.token = self.tokens.next()

    def fail(self, message: str) -> _StopError:
        return _StopError(ParseProblem(self.token.line, self.token.column, message))

    def taken(self, text: str) -> bool:
        if self.token.text != text or self.token.kind == "string":
            return False
        self.advance()
        return True

    def expect(self, text: str) -> None:
        if not self.taken(text):
            raise self.fail(f'Expected "{text}", found "{self.token.text}".')

    def identifier(self) -> str:
        if self.token.kind != "identifier":
            raise self.fail(f"Expected identifier, got: {self.token.text}")
        name = self.token.text
        self.advance()
        return name

    def field(self, message: Any) -> None:
        """Read one `name: value`, `name { ... }` or list into `message`."""
        if self.taken("["):
            raise self._extension(message)
        name = self.identifier()
        descriptor = message.DESCRIPTOR.fields_by_name.get(name)
        if descriptor is None:
            raise self.fail(f'Message type "{message.DESCRIPTOR.full_name}" has no field named "{name}".')
        self._check_single(message, descriptor)
        is_message = _TYPES[descriptor.type] == "message"
        if is_message:
            self.taken(":")
        else:
            self.expect(":")
        if descriptor.is_repeated and self.taken("["):
            self._list(message, descriptor)
        else:
            self._one(message, descriptor)
        if not self.taken(";"):
            self.taken(",")

    def _extension(self, message: Any) -> _StopError:
        name = ""
        while self.token.kind != "end" and self.token.text != "]":
            name += self.token.text
            self.advance()
        self.taken("]")
        full = message.DESCRIPTOR.full_name
        return self.fail(f'Extension "{name}" is not defined or is not an extension of "{full}".')

    def _check_single(self, message: Any, descriptor: Any) -> None:
        if descriptor.is_repeated:
            return
        oneof = descriptor.containing_oneof
        if descriptor.has_presence:
            already = message.HasField(descriptor.name)
        else:
            already = getattr(message, descriptor.name) != descriptor.default_value
        if already:
            raise self.fail(f'Non-repeated field "{descriptor.name}" is specified multiple times.')
        other = message.WhichOneof(oneof.name) if oneof is not None else None
        if other:
            raise self.fail(
                f'Field "{descriptor.name}" is specified along with field "{other}", '
                f'another member of oneof "{oneof.name}".'
            )

    def _list(self, message: Any, descriptor: Any) -> None:
        if self.taken("]"):
            return
        while True:
            self._one(message, descriptor)
            if self.taken("]"):
                return
            self.expect(",")

    def _one(self, message: Any, descriptor: Any) -> None:
        if _TYPES[descriptor.type] == "message":
            self._message(message, descriptor)
            return
        value = self._scalar(descriptor)
        if descriptor.is_repeated:
            getattr(message, descriptor.name).append(value)
        else:
            setattr(message, descriptor.name, value)

    def _message(self, message: Any, descriptor: Any) -> None:
        closing = ">"
        if not self.taken("<"):
            self.expect("{")
            closing = "}"
        target = getattr(message, descriptor.name)
        is_map = descriptor.message_type.GetOptions().map_entry
        if is_map:
            child = target.GetEntryClass()()
        elif descriptor.is_repeated:
            child = target.add()
        else:
            child = target
            child.SetInParent()
        while self.token.kind == "string" or self.token.text not in (">", "}"):
            self.field(child)
        self.expect(closing)
        if is_map:
            _put(target, child)

    def _scalar(self, descriptor: Any) -> Any:
        kind = _TYPES[descriptor.type]
        if kind in _INTEGER_RANGE:
            return self._integer(*_INTEGER_RANGE[kind])
        if kind in ("string", "bytes"):
            data = self._string()
            return data if kind == "bytes" else data.decode("utf-8", "replace")
        if kind == "bool":
            return self._bool(descriptor.name)
        if kind == "enum":
            return self._enum(descriptor)
        return self._float()

    def _integer(self, low: int, high: int) -> int:
        negative = low < 0 and self.taken("-")
        text = self.token.text
        if self.token.kind != "integer":
            raise self.fail(f"Expected integer, got: {text}")
        base = 16 if text[:2].lower() == "0x" else 8 if text[0] == "0" and len(text) > 1 else 10
        try:
            value = int(text, base)
        except ValueError:  # not octal: the tokenizer has complained too
            value = high + 1
        if value > (-low if negative else high):
            raise self.fail(f"Integer out of range ({text})")
        self.advance()
        return -value if negative else value

    def _string(self) -> bytes:
        if self.token.kind != "string":
            raise self.fail(f"Expected string, got: {self.token.text}")
        data = b""
        while self.token.kind == "string":
            data += unquote(self.token.text)
            self.advance()
        return data

    def _bool(self, name: str) -> bool:
        if self.token.kind == "integer":
            return bool(self._integer(0, 1))
        text = self.identifier()
        if text in ("true", "True", "t"):
            return True
        if text in ("false", "False", "f"):
            return False
        raise self.fail(f'Invalid value for boolean field "{name}". Value: "{text}".')

    def _enum(self, descriptor: Any) -> int:
        if self.token.kind == "identifier":
            name = self.identifier()
            value = descriptor.enum_type.values_by_name.get(name)
            if value is None:
                raise self.fail(f'Unknown enumeration value of "{name}" for field "{descriptor.name}".')
            return int(value.number)
        if self.token.text != "-" and self.token.kind != "integer":
            raise self.fail(f"Expected integer or identifier, got: {self.token.text}")
        return self._integer(-(2**31), 2**31 - 1)

    def _float(self) -> float:
        sign = -1.0 if self.taken("-") else 1.0
        kind, text = self.token.kind, self.token.text
        if kind == "integer":
            return sign * self._integer(0, 2**64 - 1)
        if kind == "float":
            self.advance()
            match = _FLOAT.match(text)
            return sign * float(match[0]) if match else 0.0
        if kind == "identifier" and text.lower() in ("inf", "infinity", "nan"):
            self.advance()
            return sign * float(text)
        raise self.fail(f"Expected double, got: {text}")


def _put(target: Any, entry: Any) -> None:
    """Store a map entry; a key given twice keeps its last value."""
    if entry.DESCRIPTOR.fields_by_name["value"].message_type is None:
        target[entry.key] = entry.value
    else:
        target[entry.key].CopyFrom(entry.value)
