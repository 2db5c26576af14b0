"""Pods that take variables of a ConfigMap or Secret which stands in another file."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wizard.check.file_names import YAML
from wizard.check.recognise import Recognised, Recogniser

if TYPE_CHECKING:
    from wizard.check.holders.kubernetes_variables import HeldByName, HeldVariables

_HOLDS = re.compile(r"(?m)^[ \t-]*kind:[ \t]*[\"']?(?:ConfigMap|Secret)\b")


def joined(found: Mapping[str, Recognised], recogniser: Recogniser) -> Iterator[tuple[str, Recognised]]:
    """(path, what it is now) of each file with such pods."""
    taking = {path: wanted for path, each in found.items() if (wanted := _wanted(each))}
    if not taking:
        return
    holding = [held for each in found.values() if (held := _held(each)) is not None]
    for path, wanted in taking.items():
        nearest = {key: near for key in wanted if (near := _nearest(found[path], key, holding)) is not None}
        if nearest:
            yield path, recogniser.with_held(found[path], nearest)


def _wanted(each: Recognised) -> set[tuple[str, str]]:
    if each.kind != "kubernetes":
        return set()
    taken = (value.partition(" ") for _, start in each.starts for key, value, _ in start.options if key == "takes")
    return {(kind, name) for kind, _, name in taken}


def _held(each: Recognised) -> HeldByName | None:
    if not each.source.name.lower().endswith(YAML) or not _HOLDS.search(each.source.text):
        return None
    from wizard.check.holders import kubernetes_variables
    from wizard.formats import yaml_source
    from wizard.formats.source import SourceError

    try:
        return kubernetes_variables.held_by(each.source, yaml_source.read_all(each.source.text))
    except SourceError:
        return None


def _nearest(each: Recognised, key: tuple[str, str], holding: list[HeldByName]) -> HeldVariables | None:
    """The one of that name in the same folder, else the only one in a folder above or below it."""
    own = each.source.folder
    others = [held[key] for held in holding if key in held and held[key].source is not each.source]
    near = [held for held in others if held.source.folder == own]
    return _only(near) if near else _only([held for held in others if _within(own, held.source.folder)])


def _only(found: list[HeldVariables]) -> HeldVariables | None:
    return found[0] if len(found) == 1 else None


def _within(one: str, other: str) -> bool:
    shorter, longer = sorted((one, other), key=len)
    return not shorter or posixpath.commonpath((shorter, longer)) == shorter
