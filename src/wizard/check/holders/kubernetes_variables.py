"""Environment variables of pods: their own, and those taken from ConfigMaps and Secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from wizard.check.holders.kubernetes_services import items_of, text_of
from wizard.formats.yaml_source import Node
from wizard.observed.source import Source
from wizard.observed.start import Variable


class HeldEntry(NamedTuple):
    """One entry of a ConfigMap or Secret, and the file that has it."""

    source: Source
    key: Node
    value: Node


class HeldVariables(NamedTuple):
    """The entries of a ConfigMap or Secret, and the file that makes it."""

    source: Source
    entries: Sequence[HeldEntry]


HeldByName = Mapping[tuple[str, str], HeldVariables]
"""(ConfigMap or Secret, name) -> its contents."""
NOTHING_HELD: HeldByName = MappingProxyType({})


def held_by(source: Source, documents: Sequence[Node]) -> dict[tuple[str, str], HeldVariables]:
    """The ConfigMaps and Secrets among the documents of a file."""
    found: dict[tuple[str, str], HeldVariables] = {}
    for document in documents:
        kind = text_of(document.get("kind"))
        if kind in ("ConfigMap", "Secret"):
            tables = (document.get("data"), document.get("stringData"))
            pairs = (pair for table in tables if table is not None for pair in table.entries or ())
            entries = [HeldEntry(source, key, value) for key, value in pairs]
            found[kind, text_of(document.at("metadata", "name"))] = HeldVariables(source, entries)
    return found


def of_container(source: Source, container: Node, held: HeldByName) -> tuple[Variable, ...]:
    """All variables of a container, as far as the objects that hold them are known."""
    return (*_taken(source, container.get("envFrom"), held), *_own(source, container.get("env"), held))


def wanted(container: Node) -> Iterator[tuple[str, str]]:
    """The objects that a container takes variables from."""
    every = [_named(item, "Ref") for item in items_of(container.get("envFrom"))]
    taken = (item.get("valueFrom") for item in items_of(container.get("env")))
    every += [_named(item, "KeyRef") for item in taken if item is not None]
    yield from (each for each in every if each[1])


def open_ended(container: Node, held: HeldByName) -> bool:
    """Whether it takes everything from an object whose contents are unknown."""
    return any(_named(item, "Ref") not in held for item in items_of(container.get("envFrom")))


def _named(item: Node, ending: str) -> tuple[str, str]:
    """Kind and name of the object that variables are taken from."""
    for kind, key in (("ConfigMap", f"configMap{ending}"), ("Secret", f"secret{ending}")):
        ref = item.get(key)
        if ref is not None:
            return kind, text_of(ref.get("name"))
    return "", ""


def _taken(source: Source, node: Node | None, held: HeldByName) -> Iterator[Variable]:
    """Everything that `envFrom` takes."""
    for item in items_of(node):
        kind, name = _named(item, "Ref")
        found = held.get((kind, name))
        for entry in found.entries if found is not None else ():
            yield _of_object(source, f"{text_of(item.get('prefix'))}{entry.key.text}", kind, entry)


def _own(source: Source, node: Node | None, held: HeldByName) -> Iterator[Variable]:
    for item in items_of(node):
        name, value, elsewhere = item.get("name"), item.get("value"), item.get("valueFrom")
        if name is None:
            continue
        kind, owner = _named(elsewhere, "KeyRef") if elsewhere is not None else ("", "")
        found = held.get((kind, owner))
        key = text_of(elsewhere.at(f"{kind[:1].lower()}{kind[1:]}KeyRef", "key")) if elsewhere is not None else ""
        entry = next((each for each in found.entries if each.key.text == key), None) if found is not None else None
        if entry is not None:
            yield _of_object(source, name.text, kind, entry)
            continue
        text = value.text if value is not None and value.is_scalar else None
        at = value.region(source.text).origin(0) if value is not None else name.start
        yield Variable(name.text, text, name.start, at, item.end, "$(" in (text or ""))


def _of_object(source: Source, name: str, kind: str, entry: HeldEntry) -> Variable:
    """A variable as an object gives it. What a Secret holds is not read."""
    holder, key, value = entry
    text = value.text if kind == "ConfigMap" and value.is_scalar else None
    at = value.region(holder.text).origin(0)
    return Variable(name, text, key.start, at, value.end, source=None if holder is source else holder)
