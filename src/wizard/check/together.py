"""Which files belong together: what a container mounts, what a command line names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wizard.observed.source import Part, Source

if TYPE_CHECKING:
    from wizard.observed.start import Start

Load = Callable[[str], Source | None]

_HERE = re.compile(r"^(?:\$\(pwd\)|\$\{?PWD\}?|`pwd`|%cd%|\$\{pwd\}|\$pwd)(?=/|\\|$)", re.IGNORECASE)


class Neighbours:
    """Finds a file as a process will see it, among sources at hand and those that `load` can read."""

    def __init__(self, sources: Mapping[str, Source], load: Load, parts: Mapping[tuple[str, str], Part]) -> None:
        self._sources = sources
        self._load = load
        self._parts = parts
        """(ConfigMap, file name) -> part."""
        self.used: set[tuple[str, str]] = set()
        """(path, place inside) of every file that a start turned out to read."""

    def inside(self, start: Start, path: str) -> Part | None:
        """See `wizard.observed.seen.Files`."""
        if not start.contained:
            folder = start.working_dir or start.source.folder
            return self._file(posixpath.join(folder, path))
        best = max(
            (m for m in start.mounts if _covers(m.target, path)), key=lambda mount: len(mount.target), default=None
        )
        if best is None or not best.source:
            return None
        rest = path[len(best.target.rstrip("/")) :].lstrip("/")
        if best.source.startswith("configmap:"):
            name, _, sub = best.source.removeprefix("configmap:").partition("/")
            return self._take(self._parts.get((f"ConfigMap {name}", sub or rest)))
        host = _HERE.sub(".", best.source)
        if host.startswith("~") or "$" in host or re.match(r"[A-Za-z]:", host):
            return None
        joined = posixpath.join(host, rest) if rest else host
        return self._file(posixpath.join(start.source.folder, joined))

    def _file(self, path: str) -> Part | None:
        path = posixpath.normpath(path)
        source = self._sources.get(path) or self._load(path)
        return self._take(Part(source, source.region, source.name)) if source is not None else None

    def _take(self, part: Part | None) -> Part | None:
        if part is not None:
            self.used.add((posixpath.normpath(part.source.path), part.where and part.name))
        return part


def _covers(target: str, path: str) -> bool:
    return path == target or path.startswith(target.rstrip("/") + "/")
