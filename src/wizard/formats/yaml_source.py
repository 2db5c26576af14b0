"""Reading YAML with positions, values as Docker Compose takes them (YAML 1.2 scalars, merge keys).

PyYAML's own values would differ: it reads `22:22` as the number 1342 and `no` as false, Compose as strings.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wizard.formats.source import Problem, SourceError

MAX_NODES = 20_000
"""A file may not grow beyond this by aliases."""
MAX_DEPTH = 60

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_PREFIXED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_INTERPOLATION = re.compile(r"\$(?:(\$)|\{([A-Za-z_]\w*)[^}]*\}|([A-Za-z_]\w*))")


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its place (from 1). Exactly one of `entries` and `items` is set, or neither for a scalar."""

    line: int
    column: int
    text: str = ""
    quoted: bool = False
    items: tuple[Node, ...] | None = None
    entries: tuple[tuple[Node, Node], ...] | None = None

    def get(self, key: str) -> Node | None:
        """The value under a key of a mapping; the last one, if it stands there twice."""
        return next((value for name, value in reversed(self.entries or ()) if name.text == key), None)

    @property
    def value(self) -> Any:
        """The plain Python value: str, int, float, bool, None, list or dict with string keys."""
        if self.entries is not None:
            return {name.text: value.value for name, value in self.entries}
        if self.items is not None:
            return [item.value for item in self.items]
        return self.text if self.quoted else _resolve(self.text)


def read(text: str) -> Node:
    """The first document. Raises SourceError for text that is no YAML, and for one that unfolds too far."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Events, as composing recurses: libyaml's composer crashes the interpreter on deep nesting.
        return _Builder(yaml.parse(text, Loader=loader)).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = error.problem or "this is not YAML"
        raise SourceError(Problem(line, column, f"{message[:1].upper()}{message[1:]}.")) from None
    except yaml.reader.ReaderError as error:
        raise SourceError(_unreadable(text, error.position)) from None


def variables(text: str) -> list[str]:
    """Names of the variables Compose would put into a value (`$X`, `${X:-…}`)."""
    return [match[2] or match[3] for match in _INTERPOLATION.finditer(text) if not match[1]]


def literal(text: str) -> str | None:
    """A value after Compose's interpolation, or None when that depends on a variable."""
    return None if variables(text) else text.replace("$$", "$")


def _unreadable(text: str, offset: int) -> Problem:
    before = text[:offset]
    line, column = before.count("\n") + 1, offset - before.rfind("\n")
    return Problem(line, column, "YAML does not allow this character.")


class _Builder:
    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._left = MAX_NODES
        self._anchors: dict[str, tuple[Node, int]] = {}

    def document(self) -> Node:
        import yaml

        for event in self._events:
            if isinstance(event, yaml.NodeEvent):
                return self._node(event, 0)
        return Node(1, 1)

    def _node(self, event: Any, depth: int) -> Node:
        import yaml

        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        before = self._left
        self._left -= 1
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in self._anchors:
                raise SourceError(Problem(line, column, f"There is no anchor &{event.anchor} before this alias."))
            node, size = self._anchors[event.anchor]
            self._left -= size
        if self._left < 0 or depth > MAX_DEPTH:
            raise SourceError(Problem(line, column, "This file unfolds to too many or too deeply nested values."))
        if isinstance(event, yaml.MappingStartEvent):
            node = Node(line, column, entries=_merged(self._pairs(depth)))
        elif isinstance(event, yaml.SequenceStartEvent):
            node = Node(line, column, items=tuple(self._items(depth)))
        elif isinstance(event, yaml.ScalarEvent):
            quoted = event.style in ("'", '"', "|", ">") or event.tag == "tag:yaml.org,2002:str"
            node = Node(line, column, text=event.value, quoted=quoted)
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            self._anchors[event.anchor] = node, before - self._left
        return node

    def _items(self, depth: int) -> Iterator[Node]:
        import yaml

        while not isinstance(event := next(self._events), yaml.CollectionEndEvent):
            yield self._node(event, depth + 1)

    def _pairs(self, depth: int) -> list[tuple[Node, Node]]:
        nodes = self._items(depth)
        return [(key, next(nodes)) for key in nodes]


def _merged(own: list[tuple[Node, Node]]) -> tuple[tuple[Node, Node], ...]:
    """The entries with those of merge keys (`<<: *anchor`) put before them, own names counting."""
    sources = [value for name, value in own if name.text == "<<" and not name.quoted]
    if not sources:
        return tuple(own)
    rest = [pair for pair in own if pair[0].text != "<<" or pair[0].quoted]
    names = {name.text for name, _ in rest}
    # Of several sources the first counts; `get` takes the last of equal names.
    mappings = [mapping for source in sources for mapping in reversed(source.items or (source,))]
    inherited = [pair for mapping in mappings for pair in mapping.entries or () if pair[0].text not in names]
    return (*inherited, *rest)


def _resolve(text: str) -> Any:
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _DECIMAL.fullmatch(text):
        return _integer(text)
    if _PREFIXED.fullmatch(text):
        return int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _integer(text: str) -> int | str:
    """Longer digit strings are ids, not numbers; Python also refuses to convert very long ones."""
    return int(text) if len(text) <= 20 else text
