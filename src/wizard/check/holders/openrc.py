"""Service scripts of OpenRC: the command that the variables of the script name."""

from __future__ import annotations

from collections.abc import Iterator

from wizard.check.holders import wrappers
from wizard.formats.shell_source import read as read_shell
from wizard.formats.shell_words import Word
from wizard.observed.source import Source
from wizard.observed.start import KEPT, Start, Variable

_ARGUMENTS = ("command_args", "command_args_foreground", "command_args_background")


def read(source: Source) -> Iterator[Start]:
    """The service of a script; its functions are not followed."""
    given: dict[str, Word] = {}
    environment: list[Variable] = []
    for each in read_shell(source.region):
        if each.words:
            continue
        given |= dict(each.assignments)
        environment += [wrappers.variable(name, word) for name, word in each.assignments if name in each.exported]
    program = given.get("command")
    if program is None or not program.text.strip():
        return
    more = [word for name in _ARGUMENTS if name in given for word in _words(given[name])]
    yield Start(
        "shell",
        source,
        source.name,
        program.start,
        command=(*_words(program), *more),
        command_at=program.start,
        environment=tuple(environment),
        working_dir=given["directory"].text if "directory" in given else "",
        user=given.get("command_user"),
        options=((KEPT, "OpenRC", program.start),),
    )


def _words(line: Word) -> Iterator[Word]:
    for command in read_shell(line.region):
        yield from command.words
