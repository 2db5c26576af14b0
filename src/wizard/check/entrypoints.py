"""Scripts that a Dockerfile in the same folder makes the only program of its image: the container ends with them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

from wizard import formats
from wizard.check import holders
from wizard.check.file_names import DOCKERFILE
from wizard.check.recognise import Recognised
from wizard.check.together import Load
from wizard.observed.source import Source
from wizard.observed.start import Start

_PART = re.compile(r"[\s/;&|\"']+")


def joined(found: Mapping[str, Recognised], load: Load) -> Iterator[tuple[str, Recognised]]:
    """(path, new reading) of each script whose last command starts a server, so that the container ends with it."""
    dockerfiles: dict[str, list[Source]] = {}
    for one in (each.source for each in found.values() if DOCKERFILE.search(each.source.name)):
        dockerfiles.setdefault(one.folder, []).append(one)
    for path, each in found.items():
        if each.kind != "shell" or not any(start.holder == "shell" for _, start in each.starts):
            continue
        dockerfile = next(
            (one for one in _beside(each.source, dockerfiles, load) if _runs(one, each.source.name)), None
        )
        if dockerfile is None:
            continue
        last = _last(each.source)
        option = ("container of", dockerfile.name, 0)
        starts = tuple(
            (server, start._replace(options=(*start.options, option)) if start.at == last else start)
            for server, start in each.starts
        )
        yield path, each._replace(starts=starts)


def _beside(script: Source, dockerfiles: Mapping[str, list[Source]], load: Load) -> Iterator[Source]:
    """The Dockerfiles in the folder of a script and in the one above it."""
    for folder in dict.fromkeys((script.folder, posixpath.dirname(script.folder))):
        yield from dockerfiles.get(folder, ())
        if folder not in dockerfiles and (source := load(posixpath.join(folder, "Dockerfile"))) is not None:
            yield source


def _runs(dockerfile: Source, script: str) -> bool:
    """Whether an image starts the script and nothing around it; the original image's entrypoint may continue after a
    command."""
    if script not in dockerfile.text:
        return False
    starts, _, _ = holders.dockerfile.read(dockerfile)
    start: Start | None = starts[-1] if starts else None
    if start is None or not (start.entrypoint or start.bare):
        return False
    return any(script in _PART.split(word.text) for word in start.entrypoint or start.command or ())


def _last(script: Source) -> int | None:
    """Where the last command of a script begins."""
    commands = formats.shell_source.read(script.region, "sh")
    words = commands[-1].words if commands else ()
    return words[0].start if words else None
