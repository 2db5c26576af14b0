"""Kustomizations: the ConfigMaps they generate from files, and the tags they give to images."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Set
from typing import TYPE_CHECKING, NamedTuple

from wizard.check import kustomize_objects
from wizard.check.holders.kubernetes_services import items_of
from wizard.check.kustomize_objects import Generator, Made, MadeByName
from wizard.check.recognise import Recognised
from wizard.formats import yaml_source
from wizard.formats.image_name import image_name
from wizard.formats.source import SourceError
from wizard.formats.yaml_source import Node
from wizard.observed.source import Source
from wizard.observed.start import Start

if TYPE_CHECKING:
    from wizard.check.together import Load

_NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "kustomization"})


class Kustomization(NamedTuple):
    """What a kustomization says about containers."""

    folder: str
    resources: tuple[str, ...]
    """Manifests, and folders of further kustomizations."""
    source: Source
    generators: tuple[Generator, ...]
    tagged: frozenset[str]
    """Images that get a tag or a digest."""


def every(found: Mapping[str, Recognised]) -> list[Kustomization]:
    """The kustomizations in this run."""
    sources = (each.source for each in found.values() if each.source.name.lower() in _NAMES)
    return [read for source in sources if (read := _read(source)) is not None]


def joined(found: Mapping[str, Recognised], known: list[Kustomization]) -> Iterator[tuple[str, Recognised]]:
    """(path, what it is now) of each file with pods whose images get their tag elsewhere."""
    named = _all_named(found, known)
    tagged: dict[str, set[str]] = {}
    for each in known:
        for path in _manifests(each.folder, named) if each.tagged else ():
            tagged.setdefault(path, set()).update(each.tagged)
    for path, images in tagged.items():
        starts = tuple((server, _opened(start, images)) for server, start in found[path].starts)
        yield path, found[path]._replace(starts=starts)


def overlays(
    found: Mapping[str, Recognised], known: list[Kustomization], load: Load
) -> tuple[list[tuple[str, MadeByName]], dict[str, list[str]]]:
    """((folder, objects) of each that no other one leads to, path of a manifest -> folders that lead to it)."""
    if not any(each.generators for each in known):
        return [], {}
    named = _all_named(found, known)
    below = {folder for every in named.values() for each in every for folder in each.folders}
    by_folder = {each.folder: each for each in known}
    made: list[tuple[str, MadeByName]] = []
    led: dict[str, list[str]] = {}
    for folder in (each for each in by_folder if each not in below):
        objects: dict[tuple[str, str], Made] = {}
        for each in _from_below(folder, by_folder):
            kustomize_objects.applied(objects, each.source, each.generators, load)
        made.append((folder, objects))
        for path in sorted(_manifests(folder, named)) if objects else ():
            led.setdefault(path, []).append(folder)
    return made, led


def _from_below(folder: str, by_folder: Mapping[str, Kustomization]) -> Iterator[Kustomization]:
    """A kustomization behind those that it builds on."""
    done = {folder}
    waiting = [(folder, iter(by_folder[folder].resources))]
    while waiting:
        here, rest = waiting[-1]
        place = next((each for each in rest if each in by_folder and each not in done), None)
        if place is None:
            waiting.pop()
            yield by_folder[here]
        else:
            done.add(place)
            waiting.append((place, iter(by_folder[place].resources)))


def _all_named(found: Mapping[str, Recognised], known: list[Kustomization]) -> dict[str, list[_Named]]:
    below: dict[str, set[str]] = {}
    for path in found:
        below.setdefault(posixpath.dirname(path), set()).add(path)
    folders = {each.folder for each in known}
    named: dict[str, list[_Named]] = {}
    for each in known:
        named.setdefault(each.folder, []).append(_named(each, folders, below, found))
    return named


class _Named(NamedTuple):
    """The files of this run that a kustomization names."""

    files: frozenset[str]
    folders: frozenset[str]
    """Folders with kustomizations of their own."""


def _named(
    one: Kustomization, folders: Set[str], below: Mapping[str, Set[str]], found: Mapping[str, Recognised]
) -> _Named:
    places = frozenset(one.resources)
    # Of a folder whose own kustomization is not here, everything counts.
    whole = (below.get(place, ()) for place in places - folders if place not in found)
    return _Named(places & found.keys() | {path for paths in whole for path in paths}, places & folders)


def _manifests(first: str, named: Mapping[str, list[_Named]]) -> set[str]:
    """The files of this run that the kustomization of a folder leads to."""
    led: set[str] = set()
    waiting, done = [first], {first}
    while waiting:
        for each in named[waiting.pop()]:
            led |= each.files
            waiting += each.folders - done
            done |= each.folders
    return led


def _opened(start: Start, tagged: set[str]) -> Start:
    if start.holder != "kubernetes" or start.image is None or image_name(start.image.text).repository not in tagged:
        return start
    return start._replace(image=start.image._replace(expands=True))


def _read(source: Source) -> Kustomization | None:
    try:
        (root, *_) = yaml_source.read_all(source.text) or (None,)
    except SourceError:
        return None
    if root is None or root.entries is None:
        return None
    listed = (each.text for key in ("resources", "bases", "components") for each in items_of(root.get(key)))
    places = tuple(posixpath.normpath(posixpath.join(source.folder, each)) for each in listed)
    folder = posixpath.normpath(source.folder) if source.folder else "."
    own = tuple(kustomize_objects.generators(source.folder, root))
    return Kustomization(folder, places, source, own, frozenset(_tagged(root)))


def _text(node: Node, key: str) -> str:
    value = node.get(key)
    return value.text if value is not None and value.is_scalar else ""


def _tagged(root: Node) -> Iterator[str]:
    for image in items_of(root.get("images")):
        tag = _text(image, "newTag")
        if (tag and tag != "latest") or _text(image, "digest"):
            yield image_name(_text(image, "name")).repository
