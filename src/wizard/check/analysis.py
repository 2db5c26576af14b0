"""The pipeline: recognise every source, combine those that belong together, apply the rules."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from wizard import check as checks
from wizard.check import drift
from wizard.check.built_images import BuiltImages
from wizard.check.recognise import Recognised, Recogniser
from wizard.check.together import Load, Names, Neighbours
from wizard.fast_start import regex
from wizard.observed.remark import Remark
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import IN_IMAGE
from wizard.registry import readings
from wizard.severity import SEVERITIES, severity_rank

if TYPE_CHECKING:
    from wizard.check.cluster import Cluster
    from wizard.check.drift import Expected
    from wizard.check.kustomize import Kustomization
    from wizard.check.kustomize_objects import MadeByName
    from wizard.observed.seen import Observed, Reading
    from wizard.observed.start import Start, StartOption


_FILLED_IN = regex(r"\$|<[A-Za-z]")
"""What a shell or a reader replaces."""


class FileReport(NamedTuple):
    """What is said about one file."""

    source: Source
    kind: str
    server: str
    remarks: tuple[Remark, ...]
    problem: str = ""
    """Why it could not be read, with the place."""


class Analysis:
    """All sources of one run, recognised; `reports` returns the findings."""

    def __init__(
        self, load: Load = lambda _: None, expected: Expected = lambda _: None, folder: Names = lambda _: None
    ) -> None:
        self.load = load
        self.folder = folder
        self.expected = expected
        self.found: dict[str, Recognised] = {}
        self.observed: list[Observed] = []

    def add(self, source: Source, folder: str = "", options: tuple[StartOption, ...] = ()) -> Recognised:
        """Recognise one more source. `folder`: where its processes run, if not in the folder of the file; `options`:
        what is known of them beside."""
        found = _recogniser().look(source, self._variables(source))
        if folder or options:
            more = tuple(
                (server, start._replace(working_dir=folder or start.working_dir, options=(*start.options, *options)))
                for server, start in found.starts
            )
            found = found._replace(starts=more)
        self.found[source.key] = found
        return found

    def _variables(self, source: Source) -> dict[str, str]:
        if not source.name.endswith((".yml", ".yaml")):
            return {}
        beside = self.load(posixpath.join(source.folder, ".env"))
        pairs = (line.partition("=") for line in beside.text.splitlines()) if beside else ()
        return {name.strip(): value.strip().strip("\"'") for name, equals, value in pairs if equals and name[:1] != "#"}

    def reports(self) -> list[FileReport]:
        """One report for each source, in the order they were added."""
        every = [*self._remarks(), *self._drift()]
        remarks: dict[str, list[Remark]] = {path: [] for path in self.found}
        for remark in _once(every):
            path = remark.source.key
            if path in remarks:
                remarks[path].append(remark)
        return [
            FileReport(
                found.source,
                found.kind,
                found.server,
                (*_unreadable(found), *sorted(_left(found, remarks[path]), key=_order)),
                str(found.problem) if found.problem else "",
            )
            for path, found in self.found.items()
        ]

    def neighbours(self) -> Neighbours:
        """The files of this run, for code that looks for one that another names."""
        sources = {path: found.source for path, found in self.found.items()}
        named = [part for found in self.found.values() for _, _, part in found.parts if part.where]
        gateways = {path: found.source for path, found in self.found.items() if found.kind == "nginx"}
        found = Neighbours(sources, self.load, named, gateways, self.folder)
        for folder, made in self._overlays()[0]:
            found.generated(folder, made)
        return found

    def _kustomizations(self) -> list[Kustomization]:
        if not any("kustomization" in path for path in self.found):
            return []
        return checks.kustomize.every(self.found)

    def _overlays(self) -> tuple[list[tuple[str, MadeByName]], dict[str, list[str]]]:
        if not (known := self._kustomizations()):
            return [], {}
        return checks.kustomize.overlays(self.found, known, self._source)

    def _source(self, path: str) -> Source | None:
        found = self.found.get(path)
        return found.source if found is not None else self.load(path)

    def _drift(self) -> Iterator[Remark]:
        files = {path: found.source for path, found in self.found.items() if not found.source.runs}
        for remark in drift.find(files, lambda path: files.get(path) or self.load(path), self.expected):
            path = remark.source.key
            known = self.found.get(path, Recognised(remark.source))
            self.found[path] = known._replace(kind=known.kind or "generated")
            yield remark

    def _remarks(self) -> Iterator[Remark]:
        every = [pair for found in self.found.values() for pair in found.parts]
        neighbours = self.neighbours()
        self._join(neighbours)
        cluster = self._cluster()
        # The files that start containers say which Dockerfiles are built for them.
        for found in sorted(self.found.values(), key=lambda each: each.kind == "dockerfile"):
            yield from self._of_starts(found, neighbours, cluster)
        for server, kind, part in every:
            if part.key not in neighbours.used:
                yield from self._of_part(server, kind, part, neighbours)

    def _join(self, neighbours: Neighbours) -> None:
        """Add what other files say: Dockerfiles and services below to containers, ConfigMaps to pods."""
        images = BuiltImages(_recogniser(), neighbours, self._variables)
        self.found.update(list(images.joined(self.found)))
        self.found.update(list(checks.layered_compose.joined(self.found, _recogniser(), self._variables)))
        if any(".service.d/" in path for path in self.found):
            self.found.update(list(checks.drop_ins.joined(self.found)))
        made, led = self._overlays()
        overlays = {path: [each for each in made if each[0] in folders] for path, folders in led.items()}
        self.found.update(list(checks.held_elsewhere.joined(self.found, _recogniser(), overlays)))
        if any(each.starts for each in self.found.values()):  # what reads starts takes a tenth of a single file's check
            self.found.update(list(checks.entrypoints.joined(self.found, self.load)))
        self.found.update(list(checks.environment_files.joined(self.found, neighbours, readings())))
        if known := self._kustomizations():
            self.found.update(list(checks.kustomize.joined(self.found, known)))

    def _cluster(self) -> Cluster | None:
        """The pods, Services and Ingresses of this run, None if there are none."""
        manifests = any(start.holder == "kubernetes" for found in self.found.values() for _, start in found.starts)
        if not manifests and not any(found.services for found in self.found.values()):
            return None
        return checks.cluster.Cluster(self.found.values(), _recogniser())

    def _of_starts(self, found: Recognised, neighbours: Neighbours, cluster: Cluster | None) -> Iterator[Remark]:
        if found.kind == "nginx":
            yield from checks.gateways.find(found.source)
        if found.starts or found.services or found.runs:
            yield from self._of_processes(found, neighbours, cluster)

    def _of_processes(self, found: Recognised, neighbours: Neighbours, cluster: Cluster | None) -> Iterator[Remark]:
        seen: list[Observed] = []
        places: set[int] = set()
        for named, listed in found.starts:
            start = neighbours.with_image(listed)
            if cluster is not None:
                start = cluster.led_to(start)
            server = named or (_recogniser().owner(start) if listed.built else "")
            if not server:
                continue
            self._attribute(found, start, server)
            reading = _reading(server)
            if (remark := _misspelt(start, reading)) is not None:
                yield remark
                continue
            observed = reading.observe(checks.general.at_home(start, reading), (), neighbours)
            self.observed.append(observed)
            if start.at not in places:  # not of another overlay
                seen.append(observed)
                places |= {observed.start.at} if observed.start is not None else set()
            said: set[int | None] = set()
            if listed.holder != "dockerfile" or start.source.key not in neighbours.built:
                remarks = list(_settled(observed, reading.remarks(observed)))
                yield from remarks
                said = {remark.at for remark in remarks}
            yield from checks.general.find(observed, reading, said)
        yield from checks.same_ports.find(found.starts)
        yield from checks.manifests.find(found, seen, _recogniser().readings, neighbours, cluster)

    def _attribute(self, found: Recognised, start: Start, server: str) -> None:
        """Make the files that a start consists of its server's: a manifest by the pods it leads to, a Dockerfile by the
        scripts in its image."""
        if not found.kind:
            self.found[found.source.key] = found._replace(kind="compose", server=server)
        in_image = start.option(IN_IMAGE) is not None
        taken = start.environment if in_image or start.holder == "kubernetes" else ()
        ports = (*start.publishes, *start.served)
        for source in filter(None, (*(each.source for each in taken), *(each.source for each in ports))):
            known = self.found.get(source.key)
            if known is not None and not known.server:
                kind = known.kind or ("dockerfile" if in_image else "kubernetes")
                self.found[source.key] = known._replace(kind=kind, server=server)

    def _of_part(self, server: str, kind: str, part: SourcePart, neighbours: Neighbours) -> Iterator[Remark]:
        reading = _reading(server)
        observed = reading.observe(None, ((kind, part),), neighbours)
        self.observed.append(observed)
        yield from _settled(observed, reading.remarks(observed))


@cache
def _recogniser() -> Recogniser:
    return Recogniser(readings())


def _reading(server: str) -> Reading:
    return next(each for each in readings() if each.server == server)


def _misspelt(start: Start, reading: Reading) -> Remark | None:
    """What keeps the server from getting the words of its command line; None if nothing does."""
    if not reading.starts(start) and (found := checks.general.one_word(start, [reading])) is not None:
        return found[1]
    return checks.dropped_words.dropped(start, reading)


def _once(remarks: Iterable[Remark]) -> Iterator[Remark]:
    """If several starts share a file, the same remark about it is made once, with its highest severity."""
    kept: dict[tuple[object, ...], Remark] = {}
    for remark in remarks:
        key = (remark.rule, remark.source.path, remark.at, remark.api, str(sorted(remark.fills)))
        known = kept.get(key)
        if known is None or _rank(remark) < _rank(known):
            kept[key] = remark
    return iter(kept.values())


def _settled(observed: Observed, remarks: Iterable[Remark]) -> Iterator[Remark]:
    """Remarks, without those about lines that contain text only a shell knows."""
    opened = [part.source for part in observed.parts if part.open]
    for remark in remarks:
        known = remark.at is None or not any(source is remark.source for source in opened)
        if known or not _FILLED_IN.search(remark.source.rows[remark.source.at(remark.at or 0)[0] - 1]):
            yield remark


def _left(found: Recognised, remarks: list[Remark]) -> list[Remark]:
    if found.kind in ("python", "notebook", "launchd"):  # an edit is one of a command line, not of a list, JSON or XML
        remarks = [remark._replace(edits=()) for remark in remarks]
    if "serving-wizard:" not in found.source.text:
        return remarks
    return checks.suppression.set_aside(found.source, remarks)


def _unreadable(found: Recognised) -> Iterator[Remark]:
    """The place where a reader gave up. No comment can suppress it, because nothing else is known about the file."""
    if found.problem is not None:
        rows = found.source.rows[: found.problem.line - 1]
        at = sum(len(row) + 1 for row in rows) + found.problem.column - 1
        yield Remark("CHECK-UNREADABLE", found.source, at, {"kind": found.kind, "problem": found.problem.title})
    if found.unread is not None:
        yield Remark("CHECK-UNREAD", found.source, found.unread)


def _rank(remark: Remark) -> int:
    return severity_rank(remark.severity) if remark.severity else len(SEVERITIES)


def _order(remark: Remark) -> tuple[int, str]:
    return (-1 if remark.at is None else remark.at, remark.rule)
