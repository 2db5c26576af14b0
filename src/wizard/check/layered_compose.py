"""Compose services spread over several files: services that extend another one, and override files."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from wizard.check.file_names import COMPOSE, YAML
from wizard.check.recognise import Recognised, Recogniser
from wizard.fast_start import regex
from wizard.observed.source import Source

if TYPE_CHECKING:
    from wizard.observed.start import Start

_SERVICES = regex(r"(?m)^services[ \t]*:")


def joined(
    found: Mapping[str, Recognised], recogniser: Recogniser, variables: Callable[[Source], Mapping[str, str]]
) -> Iterator[tuple[str, Recognised]]:
    """(path, new reading) of each file whose services take their image from another file."""
    known = {
        (path, start.name): (server, start)
        for path, each in found.items()
        for server, start in each.starts
        if start.holder == "compose" and (server or start.built)
    }
    if not known:
        return
    for path, each in found.items():
        own = each.starts if each.kind == "compose" else _unread(each, recogniser, variables)
        whole = [_whole(path, server, start, known) for server, start in own]
        if all(made is before for (_, made), (_, before) in zip(whole, own, strict=True)):
            continue
        server = next((server for server, _ in whole if server), "")
        # What a built image runs is found out later.
        kind = each.kind or ("compose" if server else "")
        yield path, each._replace(starts=tuple(whole), kind=kind, server=each.server or server)


def _unread(
    each: Recognised, recogniser: Recogniser, variables: Callable[[Source], Mapping[str, str]]
) -> list[tuple[str, Start]]:
    source = each.source
    if each.kind or not source.name.lower().endswith(YAML) or not _SERVICES.search(source.text):
        return []
    return [("", start) for start in recogniser.composed(source, variables(source))]


def _whole(
    path: str, server: str, start: Start, known: Mapping[tuple[str, str], tuple[str, Start]]
) -> tuple[str, Start]:
    """A service combined with the one below it; unchanged if it has its own image or command."""
    if server or start.image is not None or start.built or start.command is not None or start.entrypoint is not None:
        return server, start
    folder = posixpath.dirname(path)
    extends = start.option("extends")
    if extends is not None:
        file, _, name = extends[0].rpartition(" ")
        places = [posixpath.normpath(posixpath.join(folder, file)) if file else path]
    else:
        name = start.name
        places = [each for each in (posixpath.join(folder, first) for first in COMPOSE) if each != path]
    below = next((known[place, name] for place in places if (place, name) in known), None)
    return (below[0], _over(below[1], start)) if below is not None else (server, start)


def _over(below: Start, start: Start) -> Start:
    """What the lower service says, replaced or extended by this one."""
    source = start.source
    up = posixpath.relpath(source.folder or ".", below.source.folder or ".")
    mounts = (
        m._replace(source=posixpath.join(up, m.source) if m.source[:1] == "." else m.source, file=source)
        for m in start.mounts
    )
    health = start.health._replace(source=source) if start.health is not None else None
    return below._replace(
        name=start.name,
        publishes=(*below.publishes, *(each._replace(source=source) for each in start.publishes)),
        environment=(*below.environment, *(each._replace(source=source) for each in start.environment)),
        environment_open=below.environment_open or start.environment_open,
        mounts=(*below.mounts, *mounts),
        network=start.network or below.network,
        network_at=start.network_at if start.network else below.network_at,
        network_source=source if start.network else below.network_source,
        health=health or below.health,
        init=below.init or start.init,
    )
