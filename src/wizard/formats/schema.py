"""Message types of protobuf's text format, and checking a parsed text against them as C++ protobuf would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wizard.formats.textproto import Document, ProtoField, ProtoMessage, Scalar
from wizard.formats.textproto_tokens import Issue, Kind, Token

STRING, INT32, INT64, UINT32, BOOL, DOUBLE, BYTES, ENUM, MESSAGE = (
    "string",
    "int32",
    "int64",
    "uint32",
    "bool",
    "double",
    "bytes",
    "enum",
    "message",
)
_MAXIMUM = {INT32: 2**31 - 1, INT64: 2**63 - 1, UINT32: 2**32 - 1, ENUM: 2**31 - 1, BOOL: 1}
_TRUE, _FALSE = frozenset({"true", "True", "t"}), frozenset({"false", "False", "f"})
_DOUBLES = frozenset({"inf", "infinity", "nan"})
ANY = "google.protobuf.Any"


@dataclass(frozen=True, slots=True)
class FieldType:
    """One field of a message; `of` names the message type, `names` the values of an enum, `oneof` its group."""

    name: str
    number: int
    kind: str
    repeated: bool = False
    of: str = ""
    oneof: str = ""
    names: Mapping[str, int] = field(default_factory=dict)
    is_map: bool = False


Messages = Mapping[str, Mapping[str, FieldType]]
"""Message types by full name, and their fields by name."""


def message(name: str, number: int, of: str, **more: Any) -> FieldType:
    """A field that holds a message of type `of`."""
    return FieldType(name, number, MESSAGE, of=of, **more)


def fields(*each: FieldType) -> Mapping[str, FieldType]:
    """The fields of a message type."""
    return {one.name: one for one in each}


def check(document: Document, of: str, messages: Messages) -> list[Issue]:
    """Everything wrong with a document as a message of type `of`, in the order C++ protobuf would find it.

    The first issue is the one the server logs; C++ stops there, the rest is for the person fixing the file.
    """
    found = list(_Checker(messages).message(document.root, of))
    places = {issue.offset for issue in found}
    # Where a value is missing, the typed message ("Expected string, got: }") replaces the untyped one.
    plain = [issue for issue in document.issues if issue.order[1] == 0 or issue.offset not in places]
    return sorted([*plain, *found], key=lambda issue: issue.order)


def values(message: ProtoMessage, of: str, messages: Messages) -> dict[str, Any]:
    """The values of a message that `check` found nothing wrong with."""
    result: dict[str, Any] = {}
    for each in message.fields:
        kind = messages[of][each.name]
        read = [_read(value, kind, messages) for value in each.values]
        if kind.is_map:
            pairs = {entry.get("key", ""): entry.get("value", 0) for entry in read}
            result.setdefault(each.name, {}).update(pairs)
        elif kind.repeated:
            result.setdefault(each.name, []).extend(read)
        else:
            result[each.name] = read[-1]
    return result


def _read(value: Scalar | ProtoMessage, kind: FieldType, messages: Messages) -> Any:
    if isinstance(value, ProtoMessage):
        return values(value, kind.of, messages)
    text = value.text
    if kind.kind == STRING:
        return text
    if kind.kind == BYTES:
        return text.encode()
    if kind.kind == BOOL:
        return text in _TRUE or (text[0].isdigit() and _integer(text) == 1)
    if kind.kind == DOUBLE:
        return float(text.rstrip("fF") if text[-1:] in "fF" and text.lower() not in ("inf", "-inf") else text)
    if kind.kind == ENUM and text in kind.names:
        return kind.names[text]
    return _integer(text)


def _integer(text: str) -> int | None:
    """C's reading: 0x… is hexadecimal, 0… is octal; None for more than 64 bits or an invalid octal digit."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    try:
        if digits[:2] in ("0x", "0X"):
            number = int(digits[2:] or "0", 16)
        else:
            number = int(digits[:99], 8 if digits.startswith("0") else 10)
    except ValueError:
        return None
    return sign * number if number < 2**64 else None


class _Checker:
    def __init__(self, messages: Messages) -> None:
        self._messages = messages

    def message(self, message: ProtoMessage, of: str) -> Iterator[Issue]:
        known = self._messages[of]
        present: dict[str, str] = {}
        for each in message.fields:
            if each.extension:
                yield _extension(each, of)
                continue
            kind = known.get(each.name)
            if kind is None:
                yield _after(each, f'Message type "{of}" has no field named "{each.name}".')
                continue
            group = kind.oneof or each.name
            if not kind.repeated and group in present:
                yield _repeated(each, kind, present[group])
            yield from self._field(each, kind)
            if kind.kind == MESSAGE or any(not _is_default(value, kind) for value in each.values):
                present[group] = each.name

    def _field(self, each: ProtoField, kind: FieldType) -> Iterator[Issue]:
        first = each.bracket or (each.values[0].token if each.values else None)
        if kind.kind != MESSAGE and not each.colon:
            yield _after(each, f'Expected ":", found "{each.after.text}".')
            return
        if each.bracket and not kind.repeated and first:
            yield Issue((first.index, 1), first.offset, _wrong(kind, each.bracket.text))
            return
        for value in each.values:
            if isinstance(value, ProtoMessage) and kind.kind == MESSAGE:
                yield from self.message(value, kind.of)
            else:
                yield from _check_value(value, kind)


def _extension(each: ProtoField, of: str) -> Issue:
    if of == ANY:
        message = f'Could not find type "{each.name}" stored in google.protobuf.Any.'
        if each.colon and each.values:
            token = each.bracket or each.values[0].token
            return Issue((token.index, 1), token.offset, message)
        return _after(each, message)
    return _after(each, f'Extension "{each.name}" is not defined or is not an extension of "{of}".')


def _after(each: ProtoField, message: str) -> Issue:
    return Issue((each.after.index, 1), each.after.offset, message)


def _repeated(each: ProtoField, kind: FieldType, before: str) -> Issue:
    if before == each.name:
        return _after(each, f'Non-repeated field "{each.name}" is specified multiple times.')
    return _after(
        each,
        f'Field "{each.name}" is specified along with field "{before}", another member of oneof "{kind.oneof}".',
    )


def _is_default(value: Scalar | ProtoMessage, kind: FieldType) -> bool:
    """In proto3, a scalar set to its default counts as not set, so it may be set again."""
    if isinstance(value, ProtoMessage) or next(_check_value(value, kind), None):
        return False
    return not _read(value, kind, {})


def _check_value(value: Scalar | ProtoMessage, kind: FieldType) -> Iterator[Issue]:
    if isinstance(value, ProtoMessage):
        yield Issue((value.token.index, 1), value.token.offset, _wrong(kind, value.token.text))
        return
    token, message = _scalar_problem(value, kind)
    if message:
        yield Issue((token.index, 1), token.offset, message)


def _wrong(kind: FieldType, found: str) -> str:
    expected = {
        MESSAGE: f'Expected "{{", found "{found}".',
        STRING: f"Expected string, got: {found}",
        BYTES: f"Expected string, got: {found}",
        BOOL: f"Expected identifier, got: {found}",
        DOUBLE: f"Expected double, got: {found}",
        ENUM: f"Expected integer or identifier, got: {found}",
    }
    return expected.get(kind.kind, f"Expected integer, got: {found}")


def _scalar_problem(value: Scalar, kind: FieldType) -> tuple[Token, str]:
    """What C++ says about a scalar in a field of that kind (empty if nothing), and where it points."""
    found = value.tokens[0]
    if value.negative and kind.kind not in (INT32, INT64, ENUM, DOUBLE):
        return value.token, _wrong(kind, "-")
    if kind.kind in (STRING, BYTES):
        return found, "" if found.kind is Kind.STRING else _wrong(kind, found.text)
    if kind.kind == MESSAGE:
        return found, _wrong(kind, found.text)
    if kind.kind == DOUBLE:
        return found, _double_problem(found)
    if kind.kind in (BOOL, ENUM) and found.kind is Kind.IDENTIFIER and not value.negative:
        return value.after, _name_problem(kind, found.text)
    if found.kind is not Kind.INTEGER:
        return found, f"Expected integer, got: {found.text}" if value.negative else _wrong(kind, found.text)
    number, limit = _integer(found.text), _MAXIMUM[kind.kind] + (1 if value.negative else 0)
    fits = number is not None and number <= limit
    return found, "" if fits else f"Integer out of range ({found.text})"


def _double_problem(token: Token) -> str:
    if token.kind is Kind.INTEGER and len(token.text) > 1 and token.text[0] == "0":
        return f"Expect a decimal number, got: {token.text}"
    if token.kind is Kind.IDENTIFIER:
        return "" if token.text.lower() in _DOUBLES else f"Expected double, got: {token.text.lower()}"
    return "" if token.kind in (Kind.INTEGER, Kind.FLOAT) else f"Expected double, got: {token.text}"


def _name_problem(kind: FieldType, text: str) -> str:
    if kind.kind == BOOL:
        known = text in _TRUE or text in _FALSE
        return "" if known else f'Invalid value for boolean field "{kind.name}". Value: "{text}".'
    return "" if text in kind.names else f'Unknown enumeration value of "{text}" for field "{kind.name}".'
