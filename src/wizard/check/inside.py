"""Files inside other files: code blocks of a README, and here-documents that scripts write."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from wizard.check import holders
from wizard.check.file_names import DOCKERFILE, YAML, script
from wizard.check.holders import scripts, written
from wizard.formats.region import Region
from wizard.formats.shell_source import read
from wizard.observed.source import Source, SourcePart

if TYPE_CHECKING:
    from wizard.check.recognise import Recognised, Recogniser
    from wizard.formats.shell_words import Dialect
    from wizard.observed.start import Start

_BUILDS = re.compile(r"\A(?:[ \t]*(?:#.*|ARG[ \t].*)?\n)*[ \t]*FROM[ \t]+\S")
_MAPPING = re.compile(r"(?m)^[ \t]*(?:services|apiVersion)[ \t]*:")
_UNIT = re.compile(r"(?m)^[ \t]*\[(?:Service|Container)\]")
_HERE = re.compile(r"<<-?[ \t]*['\"\\]?[A-Za-z_]")
_TAKES = frozenset({"kubectl", "oc", "docker", "podman", "docker-compose", "podman-compose"})
"""Programs that read files from standard input."""
_BREAK = re.compile(r"\\n")
_ESCAPED = re.compile(r"\\(?=[$`\\])|\$\([^()\n]*\)|`[^`\n]*`")
_MOST = 10_000_000
"""Characters that are read of one source's files: each with blanks for what stands before it, so that places agree."""


@dataclass(slots=True)
class Inside:
    """What stands in one source beside its own text."""

    starts: list[Start] = field(default_factory=list)
    parts: list[SourcePart] = field(default_factory=list)
    read: int = 0
    """Characters of its files, and of the blanks before them. Once there are too many, no further file is read."""
    unread: int | None = None
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
    for name, body, filled in _bodies(source, region, dialect):
        if not recogniser.mentions(body.text):
            continue
        inner = _file(recogniser, source, body, name, found, filled)
        if inner is not None:
            found.take(source, inner)
        elif script(name.lower(), body.text):
            more, _ = scripts.read(source, body, "sh", recogniser.programs)
            found.starts.extend(more)


def _bodies(source: Source, region: Region, dialect: Dialect) -> Iterator[tuple[str, Region, bool]]:
    """(name of the file it becomes, "" = a program reads it; its text at its place; whether a shell may fill it in)."""
    if dialect != "sh":
        return
    commands = read(region, dialect)
    for command, document, target, open_ in written.documents(commands):
        programs = {word.text.rpartition("/")[2] for word in command.words[:3]}
        if document.text and (target or programs & _TAKES):
            begin, end = document.origin(0), document.origin(len(document.text) - 1) + 1
            text = source.text[begin:end]
            filled = open_ or document.text != text
            body = Region.at(_ESCAPED.sub(_same_length, text) if filled else text, begin)
            yield target.rpartition("/")[2], body, filled
    for word, target in written.echoed(commands):
        if _UNIT.search(word.text):
            text = _BREAK.sub(" \n", source.text[word.start + 1 : word.end - 1])
            yield target.rpartition("/")[2], Region.at(text, word.start + 1), word.expands


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
    return " " if length == 1 else "${" + "_" * (length - 3) + "}" if length > 3 else found.group()


def _alone(source: Source, body: Region, name: str, found: Inside) -> Source:
    """A piece of a source at its own place, with nothing around it."""
    begin = body.origin(0)
    found.read += begin + len(body.text)
    before = "\n".join(" " * len(row) for row in source.text[:begin].split("\n"))
    return Source(f"{source.folder}/{name}" if source.folder else name, before + body.text)
