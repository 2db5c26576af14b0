"""Pods that take variables from a ConfigMap or Secret in another file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from wizard import check as checks
from wizard import formats
from wizard.check import holders
from wizard.check.file_names import YAML
from wizard.check.recognise import Recognised, Recogniser
from wizard.check.together import within
from wizard.fast_start import regex
from wizard.formats.source import SourceError
from wizard.observed.start import CONFIG_MAP, TAKES

if TYPE_CHECKING:
    from wizard.check.holders.kubernetes_variables import HeldByName, HeldVariables
    from wizard.check.kustomize_objects import MadeByName
    from wizard.observed.start import Start

_HOLDS = regex(r"(?m)^[ \t-]*kind:[ \t]*[\"']?(?:ConfigMap|Secret)\b")


def joined(
    found: Mapping[str, Recognised], recogniser: Recogniser, overlays: Mapping[str, Sequence[tuple[str, MadeByName]]]
) -> Iterator[tuple[str, Recognised]]:
    """(path, what it is now) of each file with such pods.

    `overlays`: path -> (folder, objects) of each kustomization through which its pods are started.
    """
    taking = {path: wanted for path, each in found.items() if (wanted := _wanted(each))}
    if not taking and not overlays:
        return
    holding = [held for each in found.values() if (held := _held(each)) is not None] if taking else []
    for path in {**taking, **overlays}:
        if found[path].kind != "kubernetes":
            continue
        wanted = taking.get(path, set())
        nearest = {key: near for key in wanted if (near := _nearest(found[path], key, holding)) is not None}
        if overlays.get(path):
            yield path, _of_overlays(found[path], recogniser, nearest, overlays[path], bool(wanted))
        elif nearest:
            yield path, recogniser.with_held(found[path], nearest)


def _of_overlays(
    plain: Recognised,
    recogniser: Recogniser,
    nearest: HeldByName,
    overlays: Sequence[tuple[str, MadeByName]],
    takes: bool,
) -> Recognised:
    """Each pod once for every overlay in which it finds something else."""
    starts: list[tuple[str, Start]] = []
    seen: set[object] = set()
    for folder, made in overlays:
        read = recogniser.with_held(plain, {**nearest, **checks.kustomize_objects.held(made)}) if takes else plain
        for server, start in read.starts:
            files = [part.text for key, each in made.items() for part in each.files.values() if _mounts(start, key[1])]
            values = [(each.name, each.value) for each in start.environment]
            key = (start.at, start.holder, str(values), str(files))
            if key not in seen:
                seen.add(key)
                starts.append((server, start._replace(overlay=folder)))
    return read._replace(starts=tuple(starts))


def _mounts(start: Start, name: str) -> bool:
    return any(mount.source.partition("/")[0] == f"{CONFIG_MAP}{name}" for mount in start.mounts)


def _wanted(each: Recognised) -> set[tuple[str, str]]:
    if each.kind != "kubernetes":
        return set()
    taken = (value.partition(" ") for _, start in each.starts for value, _ in start.every(TAKES))
    return {(kind, name) for kind, _, name in taken}


def _held(each: Recognised) -> HeldByName | None:
    if not each.source.name.lower().endswith(YAML) or not _HOLDS.search(each.source.text):
        return None
    try:
        return holders.kubernetes_variables.held_by(each.source, formats.yaml_source.read_all(each.source.text))
    except SourceError:
        return None


def _nearest(each: Recognised, key: tuple[str, str], holding: list[HeldByName]) -> HeldVariables | None:
    """The one of that name in the same folder, else the only one in a folder above or below it."""
    own = each.source.folder
    others = [held[key] for held in holding if key in held and held[key].source is not each.source]
    near = [held for held in others if held.source.folder == own]
    return _only(near) if near else _only([held for held in others if within(own, held.source.folder)])


def _only(found: list[HeldVariables]) -> HeldVariables | None:
    return found[0] if len(found) == 1 else None
