"""Dockerfiles: what the resulting image starts, and files that are written while it is built."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from typing import NamedTuple

from wizard.check.holders import written
from wizard.fast_start import regex
from wizard.formats.decimals import decimal
from wizard.formats.region import Builder, Region
from wizard.formats.shell_source import ShellCommand
from wizard.formats.shell_source import read as read_shell
from wizard.formats.shell_words import Word, split
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import NO_INSTRUCTION, Health, Mounted, Start, Variable

_INSTRUCTION = regex(r"[ \t]*([A-Za-z]+)(?:[ \t]+|$)")
_ESCAPE = regex(r"(?im)\A(?:#[^\n]*\n)*?#\s*escape\s*=\s*(\S)")
_STRING = regex(r'"(?:[^"\\]|\\.)*"')
_OPTION = regex(r"--([a-z-]+)(?:=(\S*))?[ \t]+")
_VARIABLE = regex(r"\$\{?([A-Za-z_]\w*)(?::-([^}]*))?\}?")
_HERE = regex(r"<<-?[ \t]*['\"]?([A-Za-z_]\w*)['\"]?")


_NO_LINE = ("#", "{{", "{%")
"""Comments, and text that a template engine fills in first."""
_KNOWN = frozenset(
    {
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
        "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    }
)  # fmt: skip


class Instruction(NamedTuple):
    """One instruction; `body` follows its name, with continued lines joined; `here` is its here-document.

    `name` is "" for a line that is not an instruction, at which the build stops.
    """

    name: str
    body: Region
    start: int
    here: Region | None = None


class _Stage(NamedTuple):
    base: Word
    name: str
    own: list[Instruction]


def instructions(region: Region) -> Iterator[Instruction]:
    """The instructions of a file in their order."""
    text = region.text
    match = _ESCAPE.match(text)
    escape = match[1] if match else "\\"
    rows = list(region.lines())
    number = 0
    while number < len(rows):
        begin, row = rows[number]
        number += 1
        head = _INSTRUCTION.match(row)
        if not row.strip() or row.lstrip().startswith(_NO_LINE):
            continue
        if head is None or head[1].upper() not in _KNOWN:
            yield Instruction(
                "", region.part(begin, begin + len(row)), region.origin(begin + len(row) - len(row.lstrip()))
            )
            return
        offset, built = begin, Builder()
        piece, at = row[head.end() :], offset + head.end()
        while piece.rstrip().endswith(escape) and number < len(rows):
            _add(built, region, piece.rstrip()[: -len(escape)] + " ", at)
            offset, piece = rows[number]
            at = offset
            number += 1
            while (piece.lstrip().startswith("#") or not piece.strip()) and number < len(rows):
                offset, piece = rows[number]
                at = offset
                number += 1
        end = piece.rstrip()
        _add(built, region, end[: -len(escape)] if end.endswith(escape) else piece, at)
        here = None
        if document := _HERE.search(piece):
            number, here = _document(region, rows, number, document[1])
        yield Instruction(head[1].upper(), built.region(region.origin(at)), region.origin(begin + head.start(1)), here)


def _add(built: Builder, region: Region, piece: str, at: int) -> None:
    built.add(piece, region.origin(at))


def _document(region: Region, rows: list[tuple[int, str]], number: int, end: str) -> tuple[int, Region | None]:
    begin = rows[number][0] if number < len(rows) else len(region.text)
    while number < len(rows):
        offset, row = rows[number]
        number += 1
        if row.strip() == end:
            return number, region.part(begin, offset)
    return number, None


def read(source: Source) -> tuple[list[Start], list[SourcePart], list[tuple[Instruction, ShellCommand]]]:
    """(the last stage's start, files written in it, commands run while building)."""
    stages: list[_Stage] = []
    defaults: dict[str, str] = {}
    for instruction in instructions(source.region):
        if instruction.name == "ARG" and not stages:
            defaults.update({name: value for name, value in _assigned(instruction.body) if value})
        elif instruction.name == "FROM":
            words = [w for w in split(instruction.body) if not w.text.startswith("--")]
            if words:
                name = words[2].text if len(words) > 2 and words[1].text.lower() == "as" else str(len(stages))
                stages.append(_Stage(_with_defaults(words[0], defaults), name, []))
        elif stages:
            stages[-1].own.append(instruction)
    if not stages:
        return [], [], []
    chain = _chain(stages)
    runs = [(i, command) for stage in chain for i in stage.own if i.name == "RUN" for command in _run(i)]
    start = _start(source, chain)
    start = start.with_options(*written.changed((i.start, command) for i, command in runs))
    return [start], list(_written(source, chain, [command for _, command in runs])), runs


def _assigned(body: Region) -> Iterator[tuple[str, str]]:
    for word in split(body):
        name, _, value = word.text.partition("=")
        yield name, value


def _with_defaults(word: Word, defaults: dict[str, str]) -> Word:
    """The image, unless somebody gives another value for an ARG."""
    text = _VARIABLE.sub(lambda found: defaults.get(found[1]) or found[2] or found[0], word.text)
    if text == word.text:
        return word
    return word._replace(region=Region(text, ((0, word.start, 0),)), expands="$" in text)


def _chain(stages: list[_Stage]) -> list[_Stage]:
    """The last stage and the stages it is built on, first one first."""
    chain = [stages[-1]]
    while True:
        earlier = next((s for s in stages if s.name == chain[0].base.text and s is not chain[0]), None)
        if earlier is None or earlier in chain:
            return chain
        chain.insert(0, earlier)


def _start(source: Source, chain: list[_Stage]) -> Start:
    base = chain[0].base
    start = Start("dockerfile", source, base.text, base.start, base._replace(expands="$" in base.text))
    environment: list[Variable] = []
    exposed: list[tuple[int, int]] = []
    mounts: list[Mounted] = []
    for instruction in (each for stage in chain for each in stage.own):
        body = instruction.body
        if instruction.name == "ENV":
            environment += _environment(instruction)
        elif instruction.name == "EXPOSE":
            exposed += [
                (number, instruction.start)
                for w in split(body)
                if (number := decimal(w.text.partition("/")[0])) is not None
            ]
        elif instruction.name in ("COPY", "ADD"):
            mounts += _copies(instruction, start.working_dir)
        elif instruction.name == "USER":
            start = start._replace(user=next(iter(split(body)), None))
            start = start.with_options(("USER", body.text.strip(), instruction.start))
        elif instruction.name == "WORKDIR":
            start = start._replace(working_dir=posixpath.join(start.working_dir, body.text.strip().strip("\"'")))
        elif not instruction.name:
            cut = body.text.split()[0]
            start = _without_torn_list(start)
            start = start.with_options((NO_INSTRUCTION, cut, instruction.start))
        elif instruction.name in ("CMD", "ENTRYPOINT"):
            words, shell = _form(body)
            if instruction.name == "ENTRYPOINT":
                start = start._replace(entrypoint=words, command=None)
            else:
                start = start._replace(command=words, command_at=instruction.start, shell_form=shell)
        elif instruction.name == "HEALTHCHECK":
            start = start._replace(health=_health(instruction))
    return start._replace(environment=tuple(environment), exposed=tuple(exposed), mounts=tuple(mounts))


def _without_torn_list(start: Start) -> Start:
    """Where the build stops inside a list, which was never a command."""
    if start.shell_form and start.command and start.command[0].text.startswith("["):
        return start._replace(command=None, shell_form=False)
    if start.command is None and start.entrypoint and start.entrypoint[0].text.startswith("["):
        return start._replace(entrypoint=None)
    return start


def _form(body: Region) -> tuple[tuple[Word, ...], bool]:
    """(words, whether a shell gets them as one line)."""
    if body.text.lstrip().startswith("["):
        try:
            values = json.loads(body.text)
        except ValueError:
            values = None
        if isinstance(values, list) and all(isinstance(value, str) for value in values):
            found = []
            for match, value in zip(_STRING.finditer(body.text), values, strict=False):
                inner = body.part(match.start() + 1, match.end() - 1)
                region = inner if inner.text == value else Region(value, ((0, inner.origin(0), 0),))
                found.append(Word(region, body.origin(match.start()), body.origin(match.end() - 1) + 1, quoted=True))
            return tuple(found), False
    return tuple(word._replace(expands="$" in word.text) for word in split(body)), True


def _environment(instruction: Instruction) -> Iterator[Variable]:
    words = split(instruction.body)
    if words and "=" not in words[0].text and len(words) > 1:
        text = instruction.body.text
        offset = text.find(words[0].text) + len(words[0].text)
        value = text[offset:].strip()
        yield Variable(words[0].text, value, words[0].start, words[1].start, words[-1].end, "$" in value)
        return
    for word in words:
        name, equals, value = word.text.partition("=")
        if equals:
            at = word.region.origin(len(name) + 1)
            yield Variable(name, value, word.start, at, word.end, "$" in value)


def _copies(instruction: Instruction, folder: str) -> Iterator[Mounted]:
    """What is put into the image; `folder`: what relative paths start from, "" = what the base image says."""
    body = instruction.body
    text = body.text
    at = len(text) - len(text.lstrip())
    foreign = False
    while option := _OPTION.match(text, at):
        foreign = foreign or option[1] == "from"
        at = option.end()
    words, _ = _form(body.part(at, len(text)))
    if len(words) < 2 or foreign:
        target = _in_folder(words[-1].text, folder) if words else ""
        if target:
            yield Mounted("", target, "copy", instruction.start, instruction.start, declared=True, open=True)
        return
    target = _in_folder(words[-1].text, folder)
    for word in words[:-1]:
        name = word.text.rstrip("/").rpartition("/")[2]
        inside = posixpath.join(target, name)
        plain = words[-1].text.endswith("/") or target in (folder, ".") or len(words) > 2
        file = "." in name and name not in (".", "..") and not word.text.endswith("/")
        full = inside if plain and file else target.rstrip("/") or "/"
        yield Mounted(word.text, full, "copy", instruction.start, word.end, declared=True)


def _in_folder(target: str, folder: str) -> str:
    return target if "$" in target or target[:1] in "/\\" else posixpath.normpath(posixpath.join(folder, target))


def _health(instruction: Instruction) -> Health | None:
    body = instruction.body
    at = len(body.text) - len(body.text.lstrip())
    while option := _OPTION.match(body.text, at):
        at = option.end()
    rest = body.part(at, len(body.text))
    if not rest.text.upper().startswith("CMD"):
        return None
    words, _ = _form(rest.part(3, len(rest.text)))
    return Health(words, instruction.start)


def _run(instruction: Instruction) -> list[ShellCommand]:
    body = instruction.body
    if body.text.lstrip().startswith("["):
        words, _ = _form(body)
        return [ShellCommand(words, (), instruction.start)]
    commands = read_shell(body)
    if instruction.here is None:
        return commands
    if commands:
        return [*commands[:-1], commands[-1]._replace(here=instruction.here)]  # the input of `cat > FILE <<EOF`
    return read_shell(instruction.here)


def _written(source: Source, chain: list[_Stage], commands: list[ShellCommand]) -> Iterator[SourcePart]:
    """Files that `printf '…' > FILE` and `COPY <<EOF FILE` put into the image."""
    yield from written.files(source, commands, "Dockerfile")
    for stage in chain:
        for each in stage.own:
            if each.name == "COPY" and each.here is not None:
                words = split(each.body)
                yield SourcePart(source, each.here, words[-1].text if words else "", "Dockerfile")
