"""Supervisor's configuration: the programs that it keeps running, and what it does not do for them, having no shell."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from wizard.check.holders import docker_run, unit_lines
from wizard.check.holders.units import as_word, hint
from wizard.fast_start import regex
from wizard.formats.region import Builder, Region
from wizard.formats.shell_words import SHELLS, Word, split
from wizard.observed.source import Source
from wizard.observed.start import Start, StartOption, Variable

VARIABLE, CONTINUED = "supervisor: variable", "supervisor: line continued"
_SECTION = regex(r"\[([^\]]+)\]")
_PAIR = regex(r"([A-Za-z][\w-]*)[ \t]*[=:][ \t]*")
_COMMENT = regex(r"(?:^|(?<=\s))[;#]")
_LISTED = regex(r"""\s*([A-Za-z_]\w*)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^,]*))\s*(?:,|$)""")
"""One of the assignments that `environment` lists with commas."""
_FILLED = regex(r"%(?:%|\([^()\s]*\)s)")
_SHELL_VARIABLE = regex(r"\$(?:[A-Za-z_]\w*|\{[A-Za-z_][^{}]*\})")


class SupervisorSetting(NamedTuple):
    """One setting; lines that are indented below it continue its value."""

    section: str
    key: str
    value: Region
    start: int


def settings(source: Source) -> Iterator[SupervisorSetting]:
    """The settings of a file; what follows a sign of comment after a blank is left out."""
    section, key, start = "", "", 0
    value = Builder()
    for offset, text in source.region.lines():
        match = _COMMENT.search(text)
        row = text[: match.start() if match else len(text)].rstrip()
        lead = len(row) - len(row.lstrip())
        if not row:
            continue
        if lead and key:
            value.add("\n", offset, moving=False)
            value.add(row[lead:], offset + lead)
            continue
        if key:
            yield SupervisorSetting(section, key, value.region(start), start)
        key, value = "", Builder()
        if named := _SECTION.match(row):
            section = named[1].strip()
        elif pair := _PAIR.match(row, lead):
            key, start = pair[1], offset + lead
            value.add(row[pair.end() :], offset + pair.end())
    if key:
        yield SupervisorSetting(section, key, value.region(start), start)


def read(source: Source) -> Iterator[Start]:
    """The programs of a configuration."""
    programs: dict[str, list[SupervisorSetting]] = {}
    found = list(settings(source))
    common = [line for line in found if line.section == "supervisord"]
    for line in found:
        if line.section.startswith("program:"):
            programs.setdefault(line.section, []).append(line)
    for name, own in programs.items():
        command = next((line for line in reversed(own) if line.key == "command"), None)
        if command is None:
            continue
        words = tuple(_filled(word) for word in split(command.value))
        contained = docker_run.read(source, words, command.start) if words else None
        said = tuple(_said(words, command.value))
        if contained is not None:
            yield contained.with_options(*said)
            continue
        user = next((line for line in reversed(own) if line.key == "user"), None)
        yield Start(
            "supervisor",
            source,
            name.partition(":")[2],
            command.start,
            command=words,
            command_at=command.start,
            environment=tuple(v for line in (*common, *own) if line.key == "environment" for v in _listed(line)),
            user=as_word(user.value) if user is not None else None,
            options=(*((line.key, line.value.text, line.start) for line in own), *said),
            working_dir=next((line.value.text for line in own if line.key == "directory"), ""),
            version_hint=hint(source.text),
        )


def _filled(word: Word) -> Word:
    """A word with `%%` read; what `%(…)s` stands for is not known here."""
    text = word.text
    if not (found := list(_FILLED.finditer(text))):
        return word
    built, at = Builder(), 0
    for match in found:
        built.copy(word.region, at, match.start() + (match.group() == "%%"))
        at = match.end() - len(match.group()) * (match.group() != "%%")
    built.copy(word.region, at, len(text))
    return word._replace(region=built.region(word.start), expands=any(match.group() != "%%" for match in found))


def _said(words: Sequence[Word], line: Region) -> Iterator[StartOption]:
    """What only a shell would have read."""
    torn = re.search(r"\\\n", line.text)
    if torn is not None:
        yield CONTINUED, "", line.origin(torn.start())
    if not words or words[0].file_name in SHELLS:
        return
    first = words[0].text
    if first in unit_lines.BUILTINS or first.startswith("~") or "=" in first or _SHELL_VARIABLE.match(first):
        yield unit_lines.PROGRAM, first, words[0].start
    yield from unit_lines.typed(words, False)
    for word in words[1:]:
        if used := _SHELL_VARIABLE.search(word.text):
            yield VARIABLE, used.group(), word.region.origin(used.start())


def _listed(line: SupervisorSetting) -> Iterator[Variable]:
    """The variables of `NAME="value",OTHER=value`; `%(…)s` is filled in from outside."""
    at = 0
    while (match := _LISTED.match(line.value.text, at)) and match.end() > at:
        at = match.end()
        group = next(number for number in (2, 3, 4) if match[number] is not None)
        value = match[group] if group != 4 else match[group].rstrip()
        begin, end = (line.value.origin(place) for place in (match.start(group), match.start(group) + len(value)))
        yield Variable(match[1], value, line.value.origin(match.start(1)), begin, end, "%(" in value)
