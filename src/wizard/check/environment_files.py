"""Files of variables that starts name: `env_file` of Compose, `--env-file` of an engine, `EnvironmentFile` of units."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from wizard.check import holders
from wizard.check.recognise import Recognised
from wizard.fast_start import regex
from wizard.formats.shell_words import in_quotes
from wizard.observed.start import Variable

if TYPE_CHECKING:
    from wizard.check.together import Neighbours
    from wizard.observed.seen import Reading
    from wizard.observed.source import SourcePart
    from wizard.observed.start import Start

Dialect = Literal["compose", "engine", "systemd", "shell", "exports"]
DIALECTS: Mapping[str, Dialect] = {
    "env_file": "compose", "--env-file": "engine", "EnvironmentFile": "systemd",
    "sourced whole": "shell", "sourced exports": "exports",
}  # fmt: skip
"""Option of a start -> how the file that it names is written."""
_LATER = frozenset({"PassEnvironment", "EnvironmentHost", "Secret"})
"""Options by which variables come from elsewhere as well."""
_LINE = regex(r"[ \t]*(export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*")
_INLINE = regex(r"(?<![ \t])[ \t]+#.*")


def joined(
    found: Mapping[str, Recognised], neighbours: Neighbours, readings: Sequence[Reading]
) -> Iterator[tuple[str, Recognised]]:
    """(path, what it is now) of each file whose starts name files of variables that are here."""
    by_server = {reading.server: reading for reading in readings}
    for path, each in found.items():
        starts = tuple(
            (server, _whole(start, neighbours, by_server[server]) if server else start) for server, start in each.starts
        )
        if any(new is not old for (_, new), (_, old) in zip(starts, each.starts, strict=True)):
            yield path, each._replace(starts=starts)


def _whole(start: Start, neighbours: Neighbours, reading: Reading) -> Start:
    """A start with what its server reads of its files; Compose and engines put its own variables last, systemd first.

    Others share such files, so nothing is said about their variables.
    """
    named = [(DIALECTS[name], path) for name, path, _ in start.options if name in DIALECTS]
    parts = [(dialect, _found(start, dialect, path, neighbours)) for dialect, path in named]
    if not any(part for _, part in parts):
        return start
    added = tuple(each for dialect, part in parts if part is not None for each in read(part, dialect))
    prefixes = reading.names.variables
    own = tuple(each for each in added if reading.reads(each.name) or each.name.startswith(prefixes))
    last = start.holder == "systemd"
    environment = (*start.environment, *own) if last else (*own, *start.environment)
    missing = not all(part for _, part in parts) or any(name in _LATER for name, _, _ in start.options)
    made = start._replace(environment=environment, environment_open=missing)
    if last and not missing:
        return holders.units.refilled(made, {each.name: each.value or "" for each in (*start.environment, *added)})
    return made


def _found(start: Start, dialect: Dialect, path: str, neighbours: Neighbours) -> SourcePart | None:
    """The file; for one of systemd's folders, the one of that name beside the unit, which is what gets there."""
    path = path.removeprefix("-") if dialect == "systemd" else path
    part = neighbours.beside(start, path)
    if part is None and dialect == "systemd" and path.startswith("/"):
        return neighbours.beside(start, posixpath.basename(path))
    return part


def read(part: SourcePart, dialect: Dialect) -> Iterator[Variable]:
    """The assignments: only an engine keeps quotes, only Compose fills in variables and drops what follows " #"."""
    for begin, row in part.region.lines():
        match = _LINE.match(row)
        if match is None or (match[1] and dialect not in ("compose", "shell", "exports")):
            continue
        if dialect == "exports" and not match[1]:
            continue  # a variable of the script only
        raw = row[match.end() :].rstrip()
        quoted = in_quotes(raw)
        value = raw
        if quoted and dialect != "engine":
            value = raw[1:-1]
        elif dialect in ("compose", "shell", "exports") and raw[:1] not in ("'", '"'):
            value = _INLINE.sub("", raw)
        at = part.origin(begin + match.start(2))
        expands = dialect not in ("engine", "systemd") and ("$" in value or "`" in value) and raw[:1] != "'"
        end = at + len(row.rstrip()) - match.start(2)
        yield Variable(match[2], value, at, at + match.end() - match.start(2), end, expands, part.source)
