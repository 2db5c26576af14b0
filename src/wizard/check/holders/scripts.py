"""Commands that start servers, in shell scripts, batch files, PowerShell and code blocks of a README."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise

from wizard.check.holders import docker_run, sharing, wrappers, written
from wizard.check.holders.units import hint
from wizard.fast_start import regex
from wizard.formats.region import Region
from wizard.formats.shell_source import ShellCommand
from wizard.formats.shell_source import read as read_shell
from wizard.formats.shell_words import SHELLS, Dialect, Word
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import CUT, LOST, TORN, Start, StartOption, Variable

_SAYS = frozenset({"echo", "printf", "cat", "print", "alias", "pkill", "killall", "pgrep", "which", "man", "apt-get"})
_DEPTH = 3
_SUBSTITUTED = regex(r"\$\((?!\()(.*)\)", re.DOTALL)
_VARIABLES = regex(r"(?i)(?:env|secrets?|vars?|variables|settings|conf|config|defaults?)(?:\.\w+)?$|/default/")
_PRINTED = regex(r"[(`][ \t]*(?:cat|grep|sed|egrep)\b(?:[ \t]+(?:-[-\w]+|'[^']*'|\"[^\"]*\"))*[ \t]+([^\s|)`;&]+)")
"""The file that `export $(cat FILE)` reads."""
SOURCED, SOURCED_WHOLE = "sourced exports", "sourced whole"
"""Options of a start: a file whose exports, or all of whose variables, the program gets (environment_files)."""
_NAMED = regex(r"\w+=")
_MOST_TAKEN = 20
"""Files of variables that are read for a start: the last ones."""
_LONGEST_PATH = 4096
"""Bytes of a path on Linux (PATH_MAX)."""
_OWN_FOLDER = regex(
    r"^\$\(dirname (?:-- )?\"?\$(?:0|BASH_SOURCE|\{(?:0|BASH_SOURCE(?:\[0\])?)\})\"?\)|^\$\{(?:0|BASH_SOURCE)%/\*\}"
)
"""The folder of the script itself."""


def read(
    source: Source, region: Region, dialect: Dialect, programs: frozenset[str]
) -> tuple[list[Start], list[SourcePart]]:
    """(starts of servers and containers, files the script writes). `programs`: names of servers' programs."""
    commands = _mended(read_shell(region, dialect))
    starts = [start for each in _commands(commands, dialect, 0) for start in _whole(source, each, programs)]
    starts = list(sharing.joined(starts))
    if any(_takes(each) for each in commands):
        starts = list(_opened(starts, commands))
    starts = list(_where(source, starts, commands)) if any(_moves(each) for each in commands) else starts
    parts = list(written.files(source, commands, "script"))
    return _with_exports(_with_lost_lines(starts, commands), list(_exported(commands, dialect))), parts


def _whole(source: Source, command: ShellCommand, programs: frozenset[str]) -> Iterator[Start]:
    """The starts of a command. If a comment line cuts it off, it is taken as it runs; otherwise as it is meant."""
    if command.ended is not None:
        runs = list(_start(source, command._replace(words=command.words[: command.ended]), programs))
        lost = next((w for w in command.words[command.ended :] if w.text.startswith("--")), None)
        options = ((LOST, lost.text, lost.start),) if lost is not None else ()
        yield from (start.with_options(*options) for start in runs)
        if runs:
            return
    said = tuple((name, "", at) for name, at in ((CUT, command.cut), (TORN, command.torn)) if at is not None)
    for start in _start(source, command, programs):
        yield start.with_options(*said)


def _mended(commands: Sequence[ShellCommand]) -> list[ShellCommand]:
    """A `docker run` that ends before its image takes the lines of options that follow."""
    found: list[ShellCommand] = []
    for command in commands:
        before = found[-1] if found else None
        more = command.words and command.words[0].text.startswith("-")
        if before is not None and more and docker_run.unfinished(before.words):
            torn = before.words[-1].end if before.torn is None else before.torn
            found[-1] = before._replace(words=(*before.words, *command.words), torn=torn)
        else:
            found.append(command)
    return found


def _commands(commands: Sequence[ShellCommand], dialect: Dialect, depth: int) -> Iterator[ShellCommand]:
    """Commands, including those inside the words of `bash -c "…"` and `tmux send-keys "…"`."""
    for command in commands:
        yield command
        if depth >= _DEPTH or docker_run.starts(command.words):
            continue  # commands for a container's shell belong to the container
        first = command.words[0].file_name if command.words else ""
        for region in (*_inner(first, command.words), *_substituted(command)):
            yield from _commands(read_shell(region, dialect), dialect, depth + 1)


def _inner(first: str, words: Sequence[Word]) -> list[Region]:
    if any(word.file_name in SHELLS for word in words):
        return [word.region for before, word in pairwise(words) if before.text in ("-c", "-lc", "-ec")]
    if first in ("tmux", "screen", "ssh", "su"):
        return [word.region for word in words[1:] if " " in word.text]
    if first == "alias":
        named = ((word, _NAMED.match(word.text)) for word in words[1:])
        return [word.region.part(name.end(), len(word.text)) for word, name in named if name]
    return []


def _substituted(command: ShellCommand) -> Iterator[Region]:
    """What stands in `$(…)`: `ID=$(docker run …)`."""
    for word in (*(word for _, word in command.assignments), *command.words):
        if word.expands and (match := _SUBSTITUTED.fullmatch(word.text)):
            yield word.region.part(match.start(1), match.end(1))


def _start(source: Source, command: ShellCommand, programs: frozenset[str]) -> Iterator[Start]:
    words, environment = wrappers.unwrapped(command)
    if not words or words[0].file_name in _SAYS:
        return
    contained = docker_run.read(source, words, words[0].start)
    if contained is not None:
        yield contained
        return
    if _setenv(words):
        environment = [Variable(words[2].text, words[3].text, words[2].start, words[3].start, words[3].end)]
        yield _shell_start(source, command, (), environment, words[0].start)
    elif _program(words) in programs or _module(words) in programs:
        yield _shell_start(source, command, words, environment, words[0].start)


def _shell_start(
    source: Source, command: ShellCommand, words: Sequence[Word], environment: list[Variable], at: int
) -> Start:
    return Start(
        "shell",
        source,
        words[0].file_name if words else "",
        at,
        command=tuple(words) or None,
        command_at=at,
        environment=tuple(environment),
        version_hint=hint(source.text),
        options=(("background", "true", command.start),) if command.background else (),
    )


def _setenv(words: Sequence[Word]) -> bool:
    return len(words) > 3 and [words[0].text, words[1].text] == ["launchctl", "setenv"]


def _program(words: Sequence[Word]) -> str:
    name = words[0].text.replace("\\", "/").rpartition("/")[2]
    return name.removesuffix(".exe").lower()


def _module(words: Sequence[Word]) -> str:
    """`python -m MODULE`, as the module's name."""
    if not _program(words).startswith("python"):
        return ""
    return next((b.text for a, b in pairwise(words) if a.text == "-m"), "")


def _opened(starts: Sequence[Start], commands: Sequence[ShellCommand]) -> Iterator[Start]:
    """Starts for which the script took variables out of files before, with the names of these."""
    places: list[int] = []
    taken: list[tuple[StartOption, ...]] = []
    named: dict[tuple[str, str], int] = {}
    every = False
    for command in commands:
        every = _exports_all(command.words, every) if command.words else every
        if _takes(command):
            how = SOURCED_WHOLE if every or command.exported else SOURCED
            named.pop((how, _file(command)), None)
            named[how, _file(command)] = command.start
            places.append(command.start)
            taken.append(tuple((way, file, at) for (way, file), at in [*named.items()][-_MOST_TAKEN:]))
    for start in starts:
        number = 0 if start.contained else bisect_left(places, start.at)
        options = (*start.options, *taken[number - 1]) if number else ()
        yield start._replace(environment_open=True, options=options) if number else start


def _file(command: ShellCommand) -> str:
    """The file that a command takes variables from; a name that no file has where it is not known."""
    if command.exported:
        found = _PRINTED.search(next((name for name in command.exported if name[:1] in "$`"), ""))
        return found[1].strip("\"'") if found else "$"
    return "$" if command.words[1].expands else command.words[1].text


def _moves(command: ShellCommand) -> bool:
    return command.words[:1] != () and command.words[0].text in ("cd", "pushd", "popd")


def _where(source: Source, starts: Sequence[Start], commands: Sequence[ShellCommand]) -> Iterator[Start]:
    """Starts with the folder below the script's that it has gone to by then. Where else it goes, nobody knows here."""
    places, folders, folder = [-1], [""], ""
    for command in filter(_moves, commands):
        to = _OWN_FOLDER.sub(".", command.words[1].text) if len(command.words) == 2 else "-"
        known = to[:1] not in ("/", "~", "-") and "$" not in to
        folder = posixpath.normpath(posixpath.join(folder, to)) if known else ""
        folder = "" if len(folder) > _LONGEST_PATH else folder
        places.append(command.start)
        folders.append(folder)
    for start in starts:
        gone = folders[bisect_left(places, start.at) - 1]
        there = posixpath.normpath(posixpath.join(source.folder, gone)) if gone else ""
        moved = not start.contained and not start.working_dir and there not in ("", ".", source.folder)
        yield start._replace(working_dir=there) if moved else start


def _takes(command: ShellCommand) -> bool:
    """`source x.env`, `export $(cat x.env)`; not the file that activates a Python environment."""
    texts = [word.text for word in command.words]
    sourced = len(texts) > 1 and texts[0] in ("source", ".") and _VARIABLES.search(texts[1]) is not None
    return sourced or any(name.startswith(("$(", "`")) for name in command.exported)


def _exported(commands: Sequence[ShellCommand], dialect: Dialect) -> Iterator[tuple[int, Variable]]:
    """(place, variable) of what a script sets for the programs it starts.

    In cmd and PowerShell, they get every variable.
    """
    every = dialect != "sh"
    names = {name for command in commands for name in command.exported}
    for command in commands:
        if command.words:
            every = _exports_all(command.words, every)
            continue
        for name, word in command.assignments:
            if every or name in names:
                yield command.start, wrappers.variable(name, word)


def _exports_all(words: Sequence[Word], before: bool) -> bool:
    """Whether every variable that is set from here on is exported: `set -a`, `set -o allexport`, until `set +a`."""
    if words[0].text != "set":
        return before
    for sign, found in (("-", True), ("+", False)):
        named = any((a.text, b.text) == (f"{sign}o", "allexport") for a, b in pairwise(words))
        if named or any(re.fullmatch(rf"{re.escape(sign)}[A-Za-z]*a[A-Za-z]*", word.text) for word in words[1:]):
            return found
    return before


def _with_exports(starts: list[Start], exported: Sequence[tuple[int, Variable]]) -> list[Start]:
    """Variables that the script exports before a start."""
    if not exported:
        return starts
    found = []
    for start in starts:
        own = {each.name for each in start.environment}
        before = [v for at, v in exported if at < start.at and v.name not in own and v.name.isupper()]
        known = tuple(before) if not start.contained else ()
        found.append(start._replace(environment=(*known, *start.environment)))
    return found


def _with_lost_lines(starts: list[Start], commands: Sequence[ShellCommand]) -> list[Start]:
    """Lines of flags cut off by a missing backslash: commands whose name begins with two dashes."""
    lost = [c for c in commands if c.words and c.words[0].text.startswith("--")]
    if not lost:
        return starts
    found = []
    for number, start in enumerate(starts):
        until = starts[number + 1].at if number + 1 < len(starts) else None
        own = [c for c in lost if c.start > start.at and (until is None or c.start < until)]
        extra = tuple((LOST, c.words[0].text, c.words[0].start) for c in own)
        found.append(start.with_options(*extra))
    return found
