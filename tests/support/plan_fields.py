"""Every place of a Plan that takes free text, found in the Plan's own schema: a new field is among them by itself.

A place is tried with everything that it may need beside it and in every form that a value can have (a path, a host in
an origin). One that takes no plain value in any of these has to be told what it needs, in NEEDS or PLAIN.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

from pydantic import ValidationError

from wizard import registry
from wizard.errors import WizardError
from wizard.plan import Plan, settings

WORD = "plainword"
"""The usual value. Names of projects are made of it, so it is made of what they may hold."""
PLAIN = (WORD, "10.0.0.5", "POST", "management", *(registry.adapter(name).versions[0] for name in registry.names()))
"""Usual values, for places that take no free word."""
FORMS = ("{}", "/s/{}/x", "https://{}.example")
TWO_ORIGINS = ["https://a.example", "https://b.example"]
NEEDS: dict[str, tuple[dict[str, Any], ...]] = {
    "Listener": ({"scope": "interface"}, {"scope": "socket"}),
    "CorsRule": ({"origins": TWO_ORIGINS},),
    "Tls": ({"mode": "files", "certificate": "/c/tls.crt", "key": "/c/tls.key"},),
    "Model": ({}, {"versions": "all"}, {"path": None}),
}
"""Part of the Plan -> what stands beside the text, in turn; None = it is left out."""
KEY = "{key}"


@dataclass(frozen=True)
class Field:
    """A kind of place, such as `bind.address`, with the places of that kind: the same part at each API is one kind."""

    name: str
    places: tuple[tuple[str, ...], ...]
    part: str
    """The class of the Plan that holds it."""


@dataclass(frozen=True)
class Variant:
    """One way to put a text into a Plan."""

    place: tuple[str, ...]
    beside: dict[str, Any]
    form: str

    def put(self, base: dict[str, Any], text: str) -> dict[str, Any]:
        """The answers with the text in that place."""
        data = copy.deepcopy(base)
        *path, last = self.place
        listed, keyed = last == "0", last.startswith(KEY)
        node: Any = data
        for key in path[:-1] if listed or keyed else path:
            node = _child(node, key)
        node.update({**copy.deepcopy(self.beside), **{k: v for k, v in node.items() if k not in self.beside}})
        for absent in [key for key, value in node.items() if value is None]:
            del node[absent]
        value = self.form.format(text)
        if listed:
            node[path[-1]] = [*(TWO_ORIGINS if path[-1] == "origins" else ()), value]
        elif keyed:
            _child(node, path[-1])[value] = _SMALLEST[last.removeprefix(KEY)]
        else:
            node[last] = value
        return data


def _child(node: Any, key: str) -> Any:
    return node[0] if key == "0" else node.setdefault(key, {})


_SMALLEST: dict[str, Any] = {"integer": 1, "string": "none", "object": {"scope": "loopback"}, "CorsRule": {}}
"""What stands behind a key that is free text."""


def fields() -> dict[str, Field]:
    """Name -> every kind of place that takes free text."""
    schema = Plan.model_json_schema()
    found: dict[str, Field] = {}
    for place, part in _texts(schema, schema, (), "Plan"):
        name = ".".join(key for key in place if key != "0" and not _is_api(place, key))
        there = found.get(name)
        found[name] = Field(name, (*(there.places if there else ()), place), part)
    return found


def _is_api(place: tuple[str, ...], key: str) -> bool:
    return place[0] in ("bind", "cors", "auth") and len(place) > 1 and key == place[1] and not key.startswith(KEY)


def _texts(
    node: dict[str, Any], schema: dict[str, Any], path: tuple[str, ...], part: str
) -> Iterator[tuple[tuple[str, ...], str]]:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        yield from _texts(schema["$defs"][name], schema, path, name)
    for each in node.get("anyOf", ()):
        yield from _texts(each, schema, path, part)
    if node.get("type") == "string" and "enum" not in node and "const" not in node:
        yield path, part
    if node.get("type") == "array":
        yield from _texts(node["items"], schema, (*path, "0"), part)
    for key, each in node.get("properties", {}).items():
        yield from _texts(each, schema, (*path, key), part)
    more = node.get("additionalProperties")
    if path == ("settings",):  # which there are is said by the servers; of their values only paths are free
        known = (each for name in registry.names() for each in settings.declared(name))
        yield from (((*path, each.name), part) for each in known if each.kind == "file")
    elif isinstance(more, dict):
        yield (*path, KEY + _kind(more)), part


def _kind(node: dict[str, Any]) -> str:
    first = node.get("anyOf", [node])[0]
    reference = str(first.get("$ref", "")).rpartition("/")[2]
    return reference if reference in _SMALLEST else str(first.get("type", "object"))


def variants(field: Field, base: dict[str, Any], make: Callable[[dict[str, Any]], object]) -> list[tuple[Variant, str]]:
    """Every way to put a text there, each with a plain text of which `make` can make something."""
    every = product(field.places, NEEDS.get(field.part, ({},)), FORMS)
    found = []
    for variant in (Variant(*each) for each in every):
        for plain in PLAIN:
            try:
                make(variant.put(base, plain))
            except (ValidationError, WizardError):
                continue
            found.append((variant, plain))
            break
    return found
