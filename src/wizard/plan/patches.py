"""Changes to a Plan, and a Plan as the plain data they work on."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from wizard.plan.parts import Part
from wizard.plan.values import Plan

Patch = tuple[tuple[str, Any], ...]
"""Changes to a Plan: (dotted key, new value); None removes the answer ("not mentioned")."""


def apply_patch(plan: Plan, patch: Patch | Mapping[str, Any]) -> Plan:
    """The Plan with the changes applied, validated again.

    Keys are dotted as in the answers file: `bind.inference.scope`, `models.0.path`. Raises pydantic.ValidationError if
    the result is not a valid Plan, KeyError for an unknown key.
    """
    changes = dict(patch)
    changed = {key.partition(".")[0] for key in changes}
    # The other answers were validated when they came into the Plan; a Part is taken as it is.
    kept = {name: part for name, part in _parts(plan) if name not in changed}
    data = mentioned(plan, kept)
    for key, value in changes.items():
        assign(data, key, value)
    if data["server"] != plan.server:
        kept.pop("settings", None)  # they are those of the former server
    return Plan.model_validate({**data, **kept})


def _parts(plan: Plan) -> Iterator[tuple[str, Any]]:
    """The answers in a Plan that were given and have keys of their own, by their names in the answers file."""
    for name, value in plan:
        if name in plan.model_fields_set and (name == "models" or isinstance(value, Part)):
            yield name, value


def assign(data: dict[str, Any], key: str, value: Any) -> None:
    """Put a value at a dotted key of plain data; None removes what is there.

    A list grows by at most one entry. Raises KeyError with a sentence.
    """
    node: Any = data
    parts = key.split(".")
    for part, following in itertools.pairwise(parts):
        where = _place(node, part)
        if isinstance(node, list):
            if not isinstance(where, int) or where > len(node):
                raise KeyError(f"{part!r} is not the number of an entry of that list")
            if where == len(node):
                node.append({})
            node = node[where]
        elif isinstance(node, dict):
            node = node.setdefault(part, [] if _is_number(following) else {})
        else:
            raise KeyError(f"{part!r} is below a value that has no parts")
    _put(node, _place(node, parts[-1]), value)


def _place(node: Any, part: str) -> int | str:
    return int(part) if isinstance(node, list) and _is_number(part) else part


def _is_number(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) <= 6


def _put(node: Any, where: int | str, value: Any) -> None:
    there = isinstance(node, list) and isinstance(where, int) and where < len(node)
    if value is None:
        if there or (isinstance(node, dict) and where in node):
            del node[where]
    elif isinstance(node, dict) or there:
        node[where] = value
    elif isinstance(node, list) and where == len(node):
        node.append(value)
    else:
        raise KeyError("that place does not exist")


def to_data(plan: Plan) -> dict[str, Any]:
    """Plain data as in the answers file, with defaults written out."""
    return _without_empty_paths(plan.model_dump(by_alias=True, exclude_none=True, mode="json"))


def mentioned(plan: Plan, besides: Iterable[str] = ()) -> dict[str, Any]:
    """The same without what nobody set: a default that is written out would look like somebody's answer.

    `besides`: parts that are left out.
    """
    return _without_empty_paths(
        plan.model_dump(by_alias=True, exclude=set(besides), exclude_none=True, exclude_unset=True, mode="json")
    )


def _without_empty_paths(data: dict[str, Any]) -> dict[str, Any]:
    for model in data.get("models", ()):
        if "id" in model:
            model.pop("path", None)
    return data
