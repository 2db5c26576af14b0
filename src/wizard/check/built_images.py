"""Containers whose images are built by files of the same run: `docker build -t X` in one, `docker run X` in another."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from wizard import formats
from wizard.check import holders
from wizard.check.file_names import README, YAML, commands
from wizard.check.recognise import Recognised, Recogniser
from wizard.fast_start import regex
from wizard.observed.source import Source
from wizard.observed.start import BUILT_FROM

if TYPE_CHECKING:
    from wizard.check.together import Neighbours
    from wizard.observed.start import Start

_BUILDERS = regex(r"\b(?:docker|podman|nerdctl|buildah)\b")
_BUILDS = regex(r"\b(?:build|bud)\b")

_Images = dict[str, str]
"""Name of an image with its tag -> path of its Dockerfile."""


class BuiltImages:
    """Joins containers with the Dockerfiles of their images. `variables`: those of the .env file next to a source."""

    def __init__(
        self, recogniser: Recogniser, neighbours: Neighbours, variables: Callable[[Source], Mapping[str, str]]
    ) -> None:
        self.recogniser = recogniser
        self.neighbours = neighbours
        self.variables = variables

    def joined(self, found: Mapping[str, Recognised]) -> Iterator[tuple[str, Recognised]]:
        """(path, new reading) of each source that starts a container of an image built by files of this run."""
        own = {path: _built_by(each) for path, each in found.items()}
        # A variable has the same value only within one file.
        shared = {name: path for images in own.values() for name, path in images.items() if "$" not in name}
        mentioned = _any_of({name.rpartition(":")[0] for name in shared})
        for path, each in found.items():
            if own[path] or mentioned(each.source.text):
                made = self._joined(each, {**shared, **own[path]})
                if made is not None:
                    yield path, made

    def _joined(self, each: Recognised, images: _Images) -> Recognised | None:
        known = each.starts if each.kind else [("", start) for start in self._unread(each.source)]
        starts = [self._with_dockerfile(each, server, start, images) for server, start in known]
        if all(made is before for (_, made), (_, before) in zip(starts, known, strict=True)):
            return None
        servers = {server for server, _ in starts if server}
        server = each.server if each.kind else servers.pop() if len(servers) == 1 else ""
        return each._replace(starts=tuple(starts), kind=each.kind or _kind(each.source), server=server)

    def _with_dockerfile(self, each: Recognised, known: str, start: Start, images: _Images) -> tuple[str, Start]:
        if start.built or start.holder not in ("docker-run", "compose") or start.image is None:
            return known, start
        dockerfile = images.get(_full(start.image.text))
        if dockerfile is None:
            return known, start
        path = posixpath.relpath(dockerfile, each.source.folder or ".")
        built = start._replace(built=True, options=(*start.options, (BUILT_FROM, path, start.at)))
        server = known or self.recogniser.owner(self.neighbours.with_image(built))
        return (server, built) if server else ("", start)

    def _unread(self, source: Source) -> list[Start]:
        """The containers of a source that were not recognised before, because they name no server."""
        if source.name.lower().endswith(YAML):
            return list(self.recogniser.composed(source, self.variables(source)))

        programs = self.recogniser.programs
        return [
            start
            for region, dialect in commands(source)
            for start in holders.scripts.read(source, region, dialect, programs)[0]
        ]


def _any_of(names: set[str]) -> Callable[[str], object]:
    if not names:
        return lambda _: None
    return re.compile("|".join(sorted(map(re.escape, names), key=len, reverse=True))).search


def _built_by(each: Recognised) -> _Images:
    """The images that one source builds."""
    found: _Images = {}
    for _, start in each.starts:
        if start.built and start.dockerfile and start.image is not None:
            found[_full(start.image.text)] = start.dockerfile
    if _BUILDERS.search(each.source.text) and _BUILDS.search(each.source.text):
        for region, dialect in commands(each.source):
            for build in holders.docker_build.builds(formats.shell_source.read(region, dialect)):
                path = posixpath.normpath(posixpath.join(each.source.folder, build.dockerfile))
                found.update((_full(tag), path) for tag in build.tags)
    return found


def _full(image: str) -> str:
    """An image's name as the engine writes it: with its tag, without the parts that mean this machine or Docker Hub."""
    name = re.sub(r"^(?:localhost/|docker\.io/(?:library/)?)", "", image)
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def _kind(source: Source) -> str:
    name = source.name.lower()
    return "readme" if name.endswith(README) else "compose" if name.endswith(YAML) else "docker-run"
