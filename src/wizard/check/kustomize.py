"""Kustomizations: the ConfigMaps that they make of files, and the tags that they give to images."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Set
from typing import NamedTuple

from wizard.check.general import repository
from wizard.check.recognise import Recognised
from wizard.formats import yaml_source
from wizard.formats.source import SourceError
from wizard.formats.yaml_source import Node
from wizard.observed.source import Source
from wizard.observed.start import Start

_NAMES = frozenset({"kustomization.yaml", "kustomization.yml", "kustomization"})


class Kustomization(NamedTuple):
    """What one says of containers."""

    folder: str
    resources: tuple[str, ...]
    """Manifests, and folders of further kustomizations."""
    files: Mapping[tuple[str, str], str]
    """(ConfigMap, file in it) -> path of the file that it is made of."""
    tagged: frozenset[str]
    """Images that get a tag or a digest."""


def every(found: Mapping[str, Recognised]) -> list[Kustomization]:
    """Those among the files at hand."""
    sources = (each.source for each in found.values() if each.source.name.lower() in _NAMES)
    return [read for source in sources if (read := _read(source)) is not None]


def joined(found: Mapping[str, Recognised], known: list[Kustomization]) -> Iterator[tuple[str, Recognised]]:
    """(path, what it is now) of each file with pods whose images get their tag elsewhere."""
    below: dict[str, set[str]] = {}
    for path in found:
        below.setdefault(posixpath.dirname(path), set()).add(path)
    folders = {each.folder for each in known}
    named: dict[str, list[_Named]] = {}
    for each in known:
        named.setdefault(each.folder, []).append(_named(each, folders, below, found))
    tagged: dict[str, set[str]] = {}
    for each in known:
        for path in _manifests(each.folder, named) if each.tagged else ():
            tagged.setdefault(path, set()).update(each.tagged)
    for path, images in tagged.items():
        starts = tuple((server, _opened(start, images)) for server, start in found[path].starts)
        yield path, found[path]._replace(starts=starts)


class _Named(NamedTuple):
    """What a kustomization names of what is at hand."""

    files: frozenset[str]
    folders: frozenset[str]
    """Those with kustomizations of their own."""


def _named(
    one: Kustomization, folders: Set[str], below: Mapping[str, Set[str]], found: Mapping[str, Recognised]
) -> _Named:
    places = frozenset(one.resources)
    # Of a folder whose own kustomization is not here, everything counts.
    whole = (below.get(place, ()) for place in places - folders if place not in found)
    return _Named(places & found.keys() | {path for paths in whole for path in paths}, places & folders)


def _manifests(first: str, named: Mapping[str, list[_Named]]) -> set[str]:
    """The files at hand that the kustomization of a folder leads to."""
    led: set[str] = set()
    waiting, done = [first], {first}
    while waiting:
        for each in named[waiting.pop()]:
            led |= each.files
            waiting += each.folders - done
            done |= each.folders
    return led


def _opened(start: Start, tagged: set[str]) -> Start:
    if start.holder != "kubernetes" or start.image is None or repository(start.image.text)[0] not in tagged:
        return start
    return start._replace(image=start.image._replace(expands=True))


def _read(source: Source) -> Kustomization | None:
    try:
        (root, *_) = yaml_source.read_all(source.text) or (None,)
    except SourceError:
        return None
    if root is None or root.entries is None:
        return None
    listed = (each.text for key in ("resources", "bases") for each in _listed(root.get(key)))
    places = tuple(posixpath.normpath(posixpath.join(source.folder, each)) for each in listed)
    folder = posixpath.normpath(source.folder) if source.folder else "."
    return Kustomization(folder, places, dict(_files(source.folder, root)), frozenset(_tagged(root)))


def _listed(node: Node | None) -> tuple[Node, ...]:
    return (node.items or ()) if node is not None else ()


def _text(node: Node, key: str) -> str:
    value = node.get(key)
    return value.text if value is not None and value.is_scalar else ""


def _files(folder: str, root: Node) -> Iterator[tuple[tuple[str, str], str]]:
    for generator in _listed(root.get("configMapGenerator")):
        for file in _listed(generator.get("files")):
            key, equals, path = file.text.partition("=")
            path = path if equals else key
            place = posixpath.normpath(posixpath.join(folder, path))
            yield (_text(generator, "name"), key if equals else posixpath.basename(path)), place


def _tagged(root: Node) -> Iterator[str]:
    for image in _listed(root.get("images")):
        tag = _text(image, "newTag")
        if (tag and tag != "latest") or _text(image, "digest"):
            yield repository(_text(image, "name"))[0]
