"""Files inside other files: code blocks of a README, and here-documents that scripts write."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from wizard.check import holders
from wizard.check.file_names import DOCKERFILE, YAML, script
from wizard.check.holders import scripts, written
from wizard.fast_start import regex
from wizard.formats.region import Region, stand_in
from wizard.formats.shell_source import read
from wizard.formats.shell_words import split
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import CONTAINER_OF, IN_IMAGE

if TYPE_CHECKING:
    from wizard.check.recognise import Recognised, Recogniser
    from wizard.formats.shell_source import ShellCommand
    from wizard.formats.shell_words import Dialect
    from wizard.observed.start import Start

_BUILDS = regex(r"\A(?:[ \t]*(?:#.*|ARG[ \t].*)?\n)*[ \t]*FROM[ \t]+\S")
_MAPPING = regex(r"(?m)^[ \t]*(?:services|apiVersion)[ \t]*:")
_UNIT = regex(r"(?m)^[ \t]*\[(?:Service|Container|program:[^\]\n]+)\]")
_HERE = regex(r"<<-?[ \t]*['\"\\]?[A-Za-z_]")
_TAKES = frozenset({"kubectl", "oc", "docker", "podman", "docker-compose", "podman-compose"})
"""Programs that read files from standard input."""
_BREAK = regex(r"\\n")
_ESCAPED = regex(r"\\(?=[$`\\])|\$\([^()\n]*\)|`[^`\n]*`")
_MOST = 10_000_000
"""Characters that are read of one source's files: each with blanks for what stands before it, so that places agree."""

_MOST_PUT_IN = 200
"""Files and variables of an image that each start in it is given; no real image has as many."""


class Inside:
    """What stands in one source beside its own text."""

    def __init__(self) -> None:
        self.starts: list[Start] = []
        self.parts: list[SourcePart] = []
        self.read = 0
        """Characters of its files, and of the blanks before them. Once there are too many, no further file is read."""
        self.unread: int | None = None
        """Where the first file stands that was not read for that reason."""

    def take(self, source: Source, found: Recognised) -> None:
        """What was recognised at a place of `source`."""
        self.starts.extend(start._replace(source=source) for _, start in found.starts)
        self.parts.extend(part._replace(source=source) for _, _, part in found.parts)


def shown(recogniser: Recogniser, source: Source) -> Inside:
    """What the code blocks of a README show, judged by content, because many are labelled with another language."""
    found = Inside()
    for block in holders.readme.blocks(source):
        text = block.body.text
        if not recogniser.mentions(text):
            continue
        name = "Dockerfile" if block.dockerfile else "shown.yml" if block.yaml else ""
        # What is shown is rarely a whole file.
        part = SourcePart(source, block.body, block.name, "README", more=True, open=block.open)
        written = _HERE.search(text) is not None
        if not written and (inner := _file(recogniser, source, block.body, name, found)) is not None:
            found.take(source, inner)
        elif block.name and not written and recogniser.own(part):
            found.parts.append(part)
        elif block.dialect is not None:
            commands(recogniser, source, block.commands, block.dialect, found)
    return found


def commands(recogniser: Recogniser, source: Source, region: Region, dialect: Dialect, found: Inside) -> None:
    """What commands start and write, and what the files they write start."""
    starts, parts = scripts.read(source, region, dialect, recogniser.programs)
    found.starts.extend(starts)
    found.parts.extend(parts)
    if dialect == "sh":
        _files(recogniser, source, _bodies(source, read(region)), found)


def built(recogniser: Recogniser, source: Source, image: Start, runs: Sequence[ShellCommand]) -> Sequence[Start]:
    """What the files start that a Dockerfile writes into its image, where they are meant to run. `runs`: the commands
    that build it."""
    found = Inside()
    copied = (
        (words[-1].file_name, _at_its_place(source, each.here), False)
        for each in holders.dockerfile.instructions(source.region)
        if each.name == "COPY" and each.here is not None and each.here.text and (words := split(each.body))
    )
    _files(recogniser, source, (*_bodies(source, runs), *copied), found)
    return [in_image(start, image) for start in found.starts]


def in_image(start: Start, image: Start, last: int | None = None) -> Start:
    """A start of a file that an image contains. `last`: where the command begins with which the container ends."""
    if start.contained:
        return start
    options = [(IN_IMAGE, image.source.path, 0)]
    if start.at == last:
        options.append((CONTAINER_OF, image.source.name, 0))
    up = posixpath.relpath(image.source.folder or ".", start.source.folder or ".")
    mounts = image.mounts[:_MOST_PUT_IN]
    copies = (each._replace(source=each.source and posixpath.join(up, each.source)) for each in mounts)
    # A service manager gives its services no variables of the container.
    variables = () if start.holder == "systemd" else image.environment[:_MOST_PUT_IN]
    return start._replace(
        mounts=tuple(each._replace(file=image.source) for each in copies),
        environment=(*(each._replace(source=image.source) for each in variables), *start.environment),
        working_dir=start.working_dir or image.working_dir,
        options=(*start.options, *options),
    )


def _files(recogniser: Recogniser, source: Source, bodies: Iterable[tuple[str, Region, bool]], found: Inside) -> None:
    """What files start that commands write: (name, text at its place, whether a shell may fill it in)."""
    for name, body, filled in bodies:
        if not recogniser.mentions(body.text):
            continue
        inner = _file(recogniser, source, body, name, found, filled)
        if inner is not None:
            found.take(source, inner)
        elif script(name.lower(), body.text):
            more, _ = scripts.read(source, body, "sh", recogniser.programs)
            found.starts.extend(more)


def _bodies(source: Source, commands: Sequence[ShellCommand]) -> Iterator[tuple[str, Region, bool]]:
    """(name of the file it becomes, "" = a program reads it; its text at its place; whether a shell may fill it in)."""
    for command, document, target, open_ in written.documents(commands):
        programs = {word.file_name for word in command.words[:3]}
        if document.text and (target or programs & _TAKES):
            filled = open_ or not _plain(source, document)
            body = _at_its_place(source, document)
            text = _ESCAPED.sub(_same_length, body.text) if filled else body.text
            yield target.rpartition("/")[2], body.reading(text), filled
    for word, target in written.echoed(commands):
        text = _BREAK.sub(" \n", source.text[word.start + 1 : word.end - 1])
        name = target.rpartition("/")[2]
        if _UNIT.search(text) or script(name.lower(), text):
            yield name, Region.at(text, word.start + 1), word.expands


def _at_its_place(source: Source, region: Region) -> Region:
    """A text as the source has it, from its beginning to its end."""
    begin, end = region.origin(0), region.origin(len(region.text) - 1) + 1
    return Region.at(source.text[begin:end], begin)


def _plain(source: Source, region: Region) -> bool:
    return region.text == _at_its_place(source, region).text


def _file(
    recogniser: Recogniser, source: Source, body: Region, name: str, found: Inside, filled: bool = True
) -> Recognised | None:
    """A file that starts something, by its name or its text; None where it is no such file.

    `filled`: what follows a $ may be filled in before a program reads the file.
    """
    text = body.text
    if found.read > _MOST:
        if found.unread is None:
            found.unread = body.origin(0)
        return None
    if DOCKERFILE.search(name) or _BUILDS.match(text):
        return recogniser.dockerfile(_alone(source, body, "Dockerfile", found))
    if name.endswith(YAML) or _MAPPING.search(text):
        return recogniser.yaml(_alone(source, body, name or "shown.yml", found), {}, shown=True)
    if _UNIT.search(text):
        return recogniser.units(_alone(source, body, name or "shown.service", found), by_shell=filled)
    return None


def _same_length(found: re.Match[str]) -> str:
    """The text after a shell has processed it, or a variable where the shell fills something in."""
    length = len(found.group())
    return " " if length == 1 else stand_in(length) if length > 3 else found.group()


def _alone(source: Source, body: Region, name: str, found: Inside) -> Source:
    """A piece of a source at its own place, with nothing around it."""
    begin = body.origin(0)
    found.read += begin + len(body.text)
    before = "\n".join(" " * len(row) for row in source.text[:begin].split("\n"))
    return Source(f"{source.folder}/{name}" if source.folder else name, before + body.text)
