"""Drop-ins of systemd, `NAME.service.d/*.conf`, joined to the unit that they add to."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wizard.check import holders
from wizard.check.recognise import Recognised

if TYPE_CHECKING:
    from wizard.observed.start import Start


def joined(found: Mapping[str, Recognised]) -> Iterator[tuple[str, Recognised]]:
    """(path, what it is now) of each unit with drop-ins here, and of those drop-ins."""
    folders: dict[str, list[str]] = {}
    for path in sorted(found):  # systemd reads them in the order of their names
        if path.endswith(".conf"):
            folders.setdefault(posixpath.dirname(path), []).append(path)
    for folder, paths in folders.items():
        unit = found.get(folder.removesuffix(".d")) if folder.endswith(".service.d") else None
        if unit is None or len(unit.starts) != 1 or unit.starts[0][1].holder != "systemd":
            continue
        server, start = unit.starts[0]
        for path in paths:
            source = found[path].source
            for added in holders.units.systemd(source):
                start = _with(start, added)
            yield path, found[path]._replace(kind="systemd", server=server, starts=())
        yield folder.removesuffix(".d"), unit._replace(starts=((server, start),))


def _with(unit: Start, added: Start) -> Start:
    """A unit's start with what a drop-in adds; a command there counts instead."""
    said = tuple(each._replace(source=each.source or added.source) for each in added.environment)
    if added.command is not None:
        own = tuple(each._replace(source=each.source or unit.source) for each in unit.environment)
        return added._replace(
            environment=(*own, *said),
            environment_open=unit.environment_open or added.environment_open,
            user=added.user or unit.user,
            user_source=None if added.user is not None else unit.source,
            working_dir=added.working_dir or unit.working_dir,
            options=(*((name, value, added.at) for name, value, _ in unit.options), *added.options),
        )
    return unit._replace(
        environment=(*unit.environment, *said),
        environment_open=unit.environment_open or added.environment_open,
        user=added.user or unit.user,
        user_source=added.source if added.user is not None else unit.user_source,
        working_dir=added.working_dir or unit.working_dir,
        options=(*unit.options, *((name, value, unit.at) for name, value, _ in added.options)),
    )
