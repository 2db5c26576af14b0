"""Reading YAML with positions and with values as Docker Compose reads them (YAML 1.2 scalars, merge keys).

PyYAML's own values would differ: it reads `22:22` as the number 1342 and `no` as false; Compose reads both as strings.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from wizard.fast_start import regex
from wizard.formats.region import Builder, Region
from wizard.formats.source import LineIndex, SourceError, SyntaxProblem

MAX_NODES = 50_000
"""Maximum size to which aliases may expand a file."""
MAX_DEPTH = 60

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_DECIMAL = regex(r"[-+]?[0-9]+")
_PREFIXED = regex(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = regex(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_QUOTED = frozenset({"'", '"', "|", ">"})
_MOST_DOCUMENTS = 500
_RUN = regex(r"\S+|\s+")


class Node(NamedTuple):
    """A value with its place: `start`, `end` are offsets in the text, including quotes and block markers.

    Exactly one of `entries` and `items` is set, or neither for a scalar.
    """

    start: int
    end: int
    text: str = ""
    style: str = ""
    """', ", | or > if the scalar is written so; ! if a tag makes it a string."""
    items: tuple[Node, ...] | None = None
    entries: tuple[tuple[Node, Node], ...] | None = None

    def get(self, key: str) -> Node | None:
        """The value of a key in a mapping; the last one, if the key occurs twice."""
        for name, value in reversed(self.entries or ()):
            if name.text == key:
                return value
        return None

    def key(self, key: str) -> Node | None:
        """The key itself, where it stands."""
        return next((name for name, _ in reversed(self.entries or ()) if name.text == key), None)

    def at(self, *path: str) -> Node | None:
        """The value at the end of a path of keys."""
        found: Node | None = self
        for key in path:
            found = found.get(key) if found is not None else None
        return found

    @property
    def is_scalar(self) -> bool:
        """Whether it is neither a list nor a mapping."""
        return self.items is None and self.entries is None

    @property
    def value(self) -> Any:
        """The plain Python value: str, int, float, bool, None, list or dict with string keys."""
        if self.entries is not None:
            return {name.text: value.value for name, value in self.entries}
        if self.items is not None:
            return [item.value for item in self.items]
        return self.text if self.style else _resolve(self.text)

    def region(self, source: str) -> Region:
        """A scalar's text, and where in the source each part of it stands."""
        inside = self.start + (1 if self.style in ("'", '"') else 0)
        if source.startswith(self.text, inside):
            return Region.at(self.text, inside)
        built, cursor = Builder(), inside
        if self.style in ("|", ">"):
            cursor = source.find("\n", self.start) + 1
        for run in _RUN.finditer(self.text):
            found = source.find(run.group(), cursor, self.end) if not run.group().isspace() else -1
            built.add(run.group(), cursor if found < 0 else found, moving=found >= 0)
            cursor = cursor if found < 0 else found + len(run.group())
        return built.region(inside)


def read_all(text: str) -> list[Node]:
    """The documents of a file. Raises SourceError for text that is not YAML, or that expands too far."""
    # 15 ms, and most files are no YAML.
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        # Events, as composing recurses: libyaml's composer crashes the interpreter on deep nesting.
        return list(islice(_Builder(text, yaml.parse(text, Loader=loader)).documents(), _MOST_DOCUMENTS))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        message = error.problem or "this is not YAML"
        raise SourceError(SyntaxProblem(line, column, f"{message[:1].upper()}{message[1:]}.")) from None
    except yaml.reader.ReaderError as error:
        raise SourceError(LineIndex(text).problem(error.position, "YAML does not allow this character.")) from None
    except (ValueError, RecursionError) as error:
        raise SourceError(SyntaxProblem(1, 1, f"This is not YAML: {error}.")) from None


class _Builder:
    def __init__(self, text: str, events: Iterator[Any]) -> None:
        # Loaded already by whoever made the events.
        from yaml import events as kinds

        self._kinds = kinds
        self._text = text
        self._events = events
        self._left = MAX_NODES
        self._anchors: dict[str, tuple[Node, int]] = {}

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, self._kinds.NodeEvent):
                yield self._node(event, 0)
            elif isinstance(event, self._kinds.DocumentStartEvent):
                self._anchors.clear()

    def _node(self, event: Any, depth: int) -> Node:
        kinds = self._kinds
        start, end = event.start_mark.index, event.end_mark.index
        before = self._left
        self._left -= 1
        if isinstance(event, kinds.AliasEvent):
            if event.anchor not in self._anchors:
                raise self._stop(event, f"There is no anchor &{event.anchor} before this alias.")
            node, size = self._anchors[event.anchor]
            self._left -= size
        if self._left < 0 or depth > MAX_DEPTH:
            raise self._stop(event, "This file unfolds to too many or too deeply nested values.")
        if isinstance(event, kinds.ScalarEvent):
            style = event.style if event.style in _QUOTED else ""
            if not style and event.tag == "tag:yaml.org,2002:str":
                style = "!"
            node = Node(start, end, event.value, style)
        elif isinstance(event, kinds.MappingStartEvent):
            pairs, end = self._pairs(depth)
            node = Node(start, end, entries=_merged(pairs))
        elif isinstance(event, kinds.SequenceStartEvent):
            items, end = self._items(depth)
            node = Node(start, end, items=tuple(items))
        if event.anchor and not isinstance(event, kinds.AliasEvent):
            self._anchors[event.anchor] = node, before - self._left
        return node

    def _items(self, depth: int) -> tuple[list[Node], int]:
        found = []
        event = next(self._events)
        while not isinstance(event, self._kinds.CollectionEndEvent):
            found.append(self._node(event, depth + 1))
            event = next(self._events)
        return found, int(event.end_mark.index)  # type: ignore[union-attr]  # parsed text always has marks

    def _pairs(self, depth: int) -> tuple[list[tuple[Node, Node]], int]:
        nodes, end = self._items(depth)
        return list(zip(nodes[::2], nodes[1::2], strict=True)), end

    def _stop(self, event: Any, message: str) -> SourceError:
        return SourceError(SyntaxProblem(event.start_mark.line + 1, event.start_mark.column + 1, message))


def _merged(own: list[tuple[Node, Node]]) -> tuple[tuple[Node, Node], ...]:
    """The entries, preceded by those of merge keys (`<<: *anchor`); own entries take precedence."""
    sources = [value for name, value in own if name.text == "<<" and not name.style]
    if not sources:
        return tuple(own)
    rest = [pair for pair in own if pair[0].text != "<<" or pair[0].style]
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
