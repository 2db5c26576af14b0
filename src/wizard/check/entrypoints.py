"""Files that a Dockerfile near them puts into its image: what they start runs in a container, which may end with it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping

from wizard import formats
from wizard.check import holders
from wizard.check.embedded import in_image
from wizard.check.file_names import DOCKERFILE
from wizard.check.recognise import Recognised
from wizard.check.together import Load
from wizard.fast_start import regex
from wizard.observed.source import Source
from wizard.observed.start import Start

_STARTING = frozenset({"shell", "python", "systemd", "supervisor"})
"""Kinds of files whose starts do not say where they run."""
_PART = regex(r"[\s/;&|\"']+")


def joined(found: Mapping[str, Recognised], load: Load) -> Iterator[tuple[str, Recognised]]:
    """(path, new reading) of each file with starts that an image contains."""
    dockerfiles: dict[str, list[Source]] = {}
    for one in (each.source for each in found.values() if DOCKERFILE.search(each.source.name)):
        dockerfiles.setdefault(one.folder, []).append(one)
    for path, each in found.items():
        if each.kind not in _STARTING or all(start.contained for _, start in each.starts):
            continue
        images = (_image(one, each.source) for one in _beside(each.source, dockerfiles, load))
        image = next(filter(None, images), None)
        if image is None:
            continue
        last = _last(each.source) if each.kind == "shell" and _ends(image, each.source.name) else None
        yield path, each._replace(starts=tuple((server, in_image(start, image, last)) for server, start in each.starts))


def _beside(script: Source, dockerfiles: Mapping[str, list[Source]], load: Load) -> Iterator[Source]:
    """The Dockerfiles in the folder of a script and in the one above it."""
    for folder in dict.fromkeys((script.folder, posixpath.dirname(script.folder))):
        yield from dockerfiles.get(folder, ())
        if folder not in dockerfiles and (source := load(posixpath.join(folder, "Dockerfile"))) is not None:
            yield source


def _image(dockerfile: Source, file: Source) -> Start | None:
    """What a Dockerfile starts, if it copies that very file or runs it."""
    if file.name not in dockerfile.text:
        return None
    starts, _, _ = holders.dockerfile.read(dockerfile)
    start = starts[-1] if starts else None
    if start is None:
        return None
    copied = any(posixpath.basename(each.source) == file.name for each in start.mounts)
    return start if copied or _named(start, file.name) else None


def _named(start: Start, name: str) -> bool:
    return any(name in _PART.split(word.text) for word in start.entrypoint or start.command or ())


def _ends(image: Start, name: str) -> bool:
    """Whether it starts the script and nothing around it; the original image's entrypoint may continue after a
    command."""
    return bool(image.entrypoint or image.bare) and _named(image, name)


def _last(script: Source) -> int | None:
    """Where the last command of a script begins."""
    commands = formats.shell_source.read(script.region, "sh")
    words = commands[-1].words if commands else ()
    return words[0].start if words else None
