"""The ConfigMaps and Secrets that kustomizations generate: of files, of `NAME=VALUE` lines and of literals."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from wizard.check.holders.kubernetes_services import items_of, text_of
from wizard.check.holders.kubernetes_variables import HeldByName, HeldEntry, HeldVariables
from wizard.formats.shell_words import in_quotes
from wizard.formats.yaml_source import Node
from wizard.observed.source import Source, SourcePart

if TYPE_CHECKING:
    from wizard.check.together import Load

_GENERATORS = (("configMapGenerator", "ConfigMap"), ("secretGenerator", "Secret"))


class Generator(NamedTuple):
    """One entry of a list of generators."""

    kind: str
    name: str
    behavior: str
    """create, merge or replace: what is done with an object of that name from further below."""
    files: Mapping[str, str]
    """Name in the object -> path."""
    envs: tuple[str, ...]
    """Paths of files with variables."""
    literals: tuple[Node, ...]


class Made(NamedTuple):
    """An object as it is in the end."""

    files: Mapping[str, SourcePart]
    entries: Mapping[str, HeldEntry]


MadeByName = Mapping[tuple[str, str], Made]
"""(ConfigMap or Secret, name) -> what it holds."""


def generators(folder: str, root: Node) -> Iterator[Generator]:
    """Those of a kustomization in a folder."""
    for key, kind in _GENERATORS:
        for item in items_of(root.get(key)):
            envs = [each.text for each in items_of(item.get("envs"))] + [text_of(item.get("env"))]
            yield Generator(
                kind,
                text_of(item.get("name")),
                text_of(item.get("behavior")) or "create",
                dict(_files(folder, item)),
                tuple(posixpath.normpath(posixpath.join(folder, path)) for path in envs if path),
                tuple(each for each in items_of(item.get("literals")) if "=" in each.text),
            )


def _files(folder: str, item: Node) -> Iterator[tuple[str, str]]:
    for file in items_of(item.get("files")):
        key, equals, path = file.text.partition("=")
        path = path if equals else key
        yield key if equals else posixpath.basename(path), posixpath.normpath(posixpath.join(folder, path))


def applied(below: dict[tuple[str, str], Made], source: Source, own: Sequence[Generator], load: Load) -> None:
    """Add what the generators of one kustomization make to the objects from further below."""
    for generator in own:
        key = generator.kind, generator.name
        before = below.get(key) if generator.behavior == "merge" else None
        made = _made(source, generator, load)
        if before is not None:
            made = Made({**before.files, **made.files}, {**before.entries, **made.entries})
        below[key] = made


def _made(source: Source, generator: Generator, load: Load) -> Made:
    where = f"{generator.kind} {generator.name}"
    files: dict[str, SourcePart] = {}
    entries: dict[str, HeldEntry] = {}
    for name, path in generator.files.items():
        if (file := load(path)) is not None:
            files[name] = SourcePart(file, file.region, file.name)
    for path in generator.envs:
        if (file := load(path)) is not None:
            entries |= {each.key.text: each for each in _lines(file)}
    for literal in generator.literals:
        each = _literal(source, literal)
        entries[each.key.text] = each
        files[each.key.text] = SourcePart(source, each.value.region(source.text), each.key.text, where)
    return Made(files, entries)


def _lines(file: Source) -> Iterator[HeldEntry]:
    """A file of `NAME=VALUE` lines; quotes are part of a value."""
    for at, line in file.region.lines():
        name, equals, value = line.partition("=")
        if equals and name.strip() and not name.lstrip().startswith("#"):
            begin = at + len(name) + 1
            yield HeldEntry(file, Node(at, begin - 1, name.strip()), Node(begin, at + len(line), value))


def _literal(source: Source, literal: Node) -> HeldEntry:
    """`NAME=VALUE`; one pair of quotes around the value is taken off."""
    name, _, value = literal.text.partition("=")
    begin = len(name) + 1
    if in_quotes(value):
        begin, value = begin + 1, value[1:-1]
    at = literal.region(source.text).origin(begin)
    return HeldEntry(source, Node(literal.start, at, name), Node(at, at + len(value), value))


def held(made: MadeByName) -> HeldByName:
    """The variables in the objects, for pods that take them; what a Secret holds is not read."""
    return {
        key: HeldVariables(next(iter(each.entries.values())).source, tuple(each.entries.values()))
        for key, each in made.items()
        if each.entries
    }
