"""systemd units: programs that are kept running."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from wizard.check.holders import docker_run, unit_lines
from wizard.check.holders.unit_variables import KINDS, filled
from wizard.fast_start import regex
from wizard.formats.region import Builder, Region
from wizard.formats.shell_words import Word, split
from wizard.observed.source import Source
from wizard.observed.start import LOST, OUTSIDE, Start, StartOption, Variable

_SECTION = regex(r"\[([^\]]+)\]\s*$")
_PAIR = regex(r"([A-Za-z][\w-]*)[ \t]*=[ \t]*")
_PREFIX = regex(r"^[@:+!|-]+")
JOINED_BY_NOTHING = "--"
"""The key of a line of flags that no backslash joins to the command above it."""
OF_USER = "a user's"
"""The option for "not a unit of the machine's own service manager"."""


class UnitAssignment(NamedTuple):
    """One assignment; `section` "" above the first."""

    section: str
    key: str
    value: Region
    start: int


def lines(source: Source, comments: str = "#;") -> Iterator[UnitAssignment]:
    """The assignments of a file with sections; a backslash at its end joins a line with the next."""
    section = ""
    pending: Builder | None = None
    key, at = "", 0
    for offset, text in source.region.lines():
        stripped = text.strip()
        if pending is not None:
            if stripped[:1] and stripped[0] in comments:
                continue
            lead = len(text) - len(text.lstrip())
            body = text[lead:].rstrip()
        elif not stripped or stripped[0] in comments:
            continue
        elif match := _SECTION.match(stripped):
            section = match[1].strip()
            continue
        else:
            lead = len(text) - len(text.lstrip())
            pair = _PAIR.match(text, lead)
            if pair is None:
                if stripped.startswith("--"):
                    yield UnitAssignment(
                        section, JOINED_BY_NOTHING, Region.at(stripped.split()[0], offset + lead), offset + lead
                    )
                continue
            key, at = pair[1], offset + lead
            pending = Builder()
            lead = pair.end()
            body = text[lead:].rstrip()
        continued = body.endswith("\\")
        pending.add(body[:-1] + " " if continued else body, offset + lead)
        if not continued:
            yield UnitAssignment(section, key, pending.region(offset + lead), at)
            pending = None
    if pending is not None:
        yield UnitAssignment(section, key, pending.region(at), at)


def systemd(source: Source, by_shell: bool = False) -> Iterator[Start]:
    """The [Service] of a unit or of a drop-in (which may only set variables).

    `by_shell`: a shell writes it, and may fill in its variables first.
    """
    found = list(lines(source))
    service = [line for line in found if line.section == "Service"]
    command = _command(service)
    user = next((line for line in reversed(service) if line.key in ("User", "DynamicUser")), None)
    words: tuple[Word, ...] = ()
    typed = split(_without_prefix(command.value)) if command is not None else []
    said = tuple(unit_lines.found(found, typed, by_shell))
    more = any(line.key in ("EnvironmentFile", "PassEnvironment") for line in service)
    environment = [v for line in service if line.key == "Environment" for v in assignments(line)]
    if command is not None:
        known = {} if by_shell else {v.name: v.value or "" for v in environment}
        words, variables = filled(typed, known, more or by_shell)
        said += () if by_shell else variables
        contained = docker_run.read(source, words, words[0].start) if words else None
        if contained is not None:
            yield contained.with_options(*_outside(contained, environment), *said)
            return
        environment += _own(words)
    yield Start(
        "systemd",
        source,
        source.name,
        command.start if command else (found[0].start if found else 0),
        command=words or None,
        command_at=command.start if command else 0,
        environment=tuple(environment),
        environment_open=more,
        user=as_word(user.value) if user is not None else None,
        options=(*_options(source, found), *said),
        working_dir=next((line.value.text for line in service if line.key == "WorkingDirectory"), ""),
        version_hint=hint(source.text),
    )


def _command(found: Sequence[UnitAssignment]) -> UnitAssignment | None:
    """The last ExecStart; an empty one takes back those before it."""
    return next((line for line in reversed(found) if line.key == "ExecStart" and line.value.text.strip()), None)


def _options(source: Source, found: Sequence[UnitAssignment]) -> Iterator[StartOption]:
    for line in found:
        if line.section == "Service":
            yield LOST if line.key == JOINED_BY_NOTHING else line.key, line.value.text, line.start
        if _of_user(source, line):
            yield OF_USER, "", line.start


def refilled(start: Start, known: Mapping[str, str]) -> Start:
    """A unit's start with its command line filled in, now that all its variables are known."""
    command = _command(list(lines(start.source)))
    if command is None or start.command is None:
        return start
    words, said = filled(split(_without_prefix(command.value)), known, False)
    kept = (option for option in start.options if option[0] not in KINDS)
    return start._replace(command=words or None, options=(*kept, *said))


def _of_user(source: Source, line: UnitAssignment) -> bool:
    """Whether it is visible that a user's own service manager runs the unit, as that user."""
    return (line.key == "WantedBy" and "default.target" in line.value.text) or "systemd/user/" in source.path


def _outside(start: Start, variables: Sequence[Variable]) -> Iterator[StartOption]:
    """Variables that a unit sets for the command that starts a container, but that the command does not pass on."""
    passed = {variable.name for variable in start.environment}
    for variable in variables:
        named = re.search(rf"\$\{{?{re.escape(variable.name)}\b", start.source.text)
        if variable.name not in passed and named is None and not start.environment_open:
            yield (OUTSIDE, variable.name, variable.start)


def _without_prefix(region: Region) -> Region:
    match = _PREFIX.match(region.text)
    return region.part(match.end(), len(region.text)) if match else region


def as_word(region: Region) -> Word:
    """A whole value as one word."""
    return Word(region, region.origin(0), region.origin(len(region.text)), "$" in region.text)


def assignments(line: UnitAssignment) -> Iterator[Variable]:
    """The variables of one `Environment=`."""
    for word in split(line.value):
        name, equals, value = word.text.partition("=")
        if equals and name.isidentifier():
            at = word.region.origin(len(name) + 1)
            yield Variable(name, value, line.start, at, word.end, False)


def _own(words: tuple[Word, ...]) -> list[Variable]:
    """Variables from `/usr/bin/env NAME=VALUE program`."""
    if not words or words[0].file_name != "env":
        return []
    found = []
    for word in words[1:]:
        name, equals, value = word.text.partition("=")
        if not equals or not name.isidentifier():
            break
        found.append(Variable(name, value, word.start, word.region.origin(len(name) + 1), word.end))
    return found


_HINT = regex(r"(?im)^[^\S\n]*(?:#|;|//|rem\b|::)[^\n]*?\b[a-z][\w.]*[ =]=?=?\s*(b?\d+(?:\.\d+)*)\b")


def hint(text: str) -> str:
    """A release named in a comment near the top, such as `# NAME==0.32.0` or `# NAME b10434`."""
    match = _HINT.search(text[:2000])
    return match[1] if match and ("." in match[1] or match[1].startswith("b")) else ""
