"""Environment variables: names that are never read, values that end the server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from wizard.observed.alike import nearest
from wizard.observed.remark import Edit, Remark
from wizard.servers.llama_server import flags as known
from wizard.servers.llama_server.reading import values
from wizard.servers.llama_server.reading.seen import Seen
from wizard.servers.llama_server.reading.variables import Placed

_KEY = "LLAMA_API_KEY"
_PREFIX = "LLAMA_ARG_"
_OLD_KEY = "LLAMA_ARG_API_KEY"
_KEY_NAMES = frozenset(
    {"API_KEY", "LLAMA_KEY", "LLAMA_SERVER_API_KEY", "LLAMACPP_API_KEY", "LLAMA_CPP_API_KEY", "LLAMA_API_TOKEN"}
)
"""Names that people use for the key's variable."""


def find(seen: Seen) -> Iterator[Remark]:
    """Remarks about the variables of one start, or of a file of them."""
    if not seen.judged:
        return
    names = {placed.variable.name for placed in seen.placed}
    for placed in seen.placed:
        name = placed.variable.name
        if name in known.variables():
            yield from _known(seen, placed)
        elif name != _OLD_KEY and lost_key(seen, placed):
            yield _lost(placed)
        elif name in known.wrong_names() and (name != "LLAMA_HOST" or seen.launch is not None):
            yield _wrong(placed, _KEY in names)
        elif name.startswith(_PREFIX):
            yield _unread(placed)


def lost_key(seen: Seen, placed: Placed) -> bool:
    """A key under a name that the server does not read, if it is started without one."""
    name = placed.variable.name
    if name == _OLD_KEY:
        return True
    start = seen.start
    own = start is not None and start.contained and placed.variable in start.environment
    return own and seen.keys == "none" and name in _KEY_NAMES


def _lost(placed: Placed) -> Remark:
    fills = {"name": placed.variable.name, "instead": _KEY}
    return Remark("LS-ENV-KEY", placed.source, placed.variable.start, fills, edits=_renamed(placed, _KEY))


def _wrong(placed: Placed, keyed: bool) -> Remark:
    variable, source = placed
    wrong = known.wrong_names()[variable.name]
    fills = {"name": variable.name, "instead": wrong.instead}
    if variable.name == _OLD_KEY:
        edits = () if keyed else _renamed(placed, _KEY)
        return Remark("LS-ENV-KEY", source, variable.start, fills, edits=edits)
    return Remark("LS-ENV", source, variable.start, fills, "functional")


def _renamed(placed: Placed, name: str) -> tuple[Edit, ...]:
    variable, source = placed
    at = source.text.find(variable.name, variable.start)
    return (Edit(at, at + len(variable.name), name),) if 0 <= at <= variable.end else ()


def _unread(placed: Placed) -> Remark:
    variable, source = placed
    meant = _near(variable.name)
    fills = {"name": variable.name, "instead": meant or "the flag"}
    return Remark("LS-ENV", source, variable.start, fills)


@cache
def _near(name: str) -> str:
    """The variable that was meant, "" if that cannot be guessed."""
    tail = name.removeprefix(_PREFIX)
    every = [each for each in known.variables() if each.startswith(_PREFIX)]
    by_flag = known.find("--" + tail.lower().replace("_", "-"))
    if by_flag is not None and by_flag[0].variable:
        return by_flag[0].variable
    ending = [each for each in every if each.endswith(f"_{tail}") and "_NO_" not in each]
    if len(ending) == 1:
        return ending[0]
    return nearest(name, every, 0.86)


def _known(seen: Seen, placed: Placed) -> Iterator[Remark]:
    variable, source = placed
    flag, sets = known.variables()[variable.name]
    value = variable.value
    if value is None or (variable.expands and re.search(r"[$`%]", value)):
        return
    fills: dict[str, object] = {"name": variable.name, "value": value if len(value) < 60 else "…", "build": seen.build}
    if seen.build and max(flag.first, flag.variable_first) > seen.build:
        fills["since"] = max(flag.first, flag.variable_first)
        yield Remark("LS-ENV-LATER", source, variable.start, fills)
        return
    if seen.build and flag.last and seen.build > flag.last:
        yield Remark("LS-ENV-GONE", source, variable.start, {**fills, "last": flag.last})
        return
    if flag.value == "removed":
        yield Remark("LS-ENV-REMOVED", source, variable.start, {**fills, "instead": flag.instead})
        return
    wrong = (values.switch(value) if sets else None) if flag.value == "switch" else values.trouble(flag, value)
    if wrong is not None:
        rule = "LS-ENV-VALUE" if wrong.kind == "refused" else "LS-ENV-CUT"
        yield Remark(rule, source, variable.start, {**fills, "wanted": wrong.wanted, "read": wrong.read})
