"""Which files belong together: files that a container mounts, and files that a command line names."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from wizard.check import holders
from wizard.fast_start import regex
from wizard.observed.seen import Files
from wizard.observed.source import Source, SourcePart
from wizard.observed.start import CONFIG_MAP, EDITS, INSTALLS, WRITES

if TYPE_CHECKING:
    from wizard.check.kustomize_objects import MadeByName
    from wizard.observed.start import Start, Variable

Load = Callable[[str], Source | None]
Names = Callable[[str], Sequence[str] | None]
"""The contents of a folder on this machine, with a / after names of folders; None if there is no such folder."""

_HERE = regex(r"^(?:\$\(pwd\)|\$\{?PWD\}?|`pwd`|%cd%|\$\{pwd\}|\$pwd|\$\{?here\}?)(?=/|\\|$)", re.IGNORECASE)
"""The folder in which a script is run; and that of the script itself, by the name that it has in written ones."""


class Neighbours(Files):
    """Finds a file as a process will see it, among the sources of this run and those that `load` can read."""

    def __init__(
        self,
        sources: Mapping[str, Source],
        load: Load,
        parts: Sequence[SourcePart],
        gateways: Mapping[str, Source],
        folder: Names = lambda _: None,
    ) -> None:
        self._folder = folder
        self._sources = sources
        self._gateways = gateways
        self._written = [part for part in parts if part.where in ("script", "Dockerfile")]
        self._load = load
        self._parts: dict[tuple[str, str], list[SourcePart]] = {}
        """(ConfigMap, file name) -> parts."""
        for part in parts:
            self._parts.setdefault((part.where, part.name), []).append(part)
        self._generated: dict[tuple[str, str], dict[str, SourcePart]] = {}
        """(ConfigMap, file name) -> overlay -> part."""
        self.used: set[tuple[str, str]] = set()
        """(path, place inside) of every file that a start was found to read."""
        self.built: set[str] = set()
        """Dockerfiles whose image a Compose service starts; the service then says how."""

    def inside(self, start: Start, path: str) -> SourcePart | None:
        if not start.contained:
            made = self._made(start, path)
            if made is not None:
                return self._take(made)
            folder = start.working_dir or start.source.folder
            return self._file(posixpath.join(folder, path))
        best = max(
            (m for m in start.mounts if _covers(m.target, path)), key=lambda mount: len(mount.target), default=None
        )
        if best is None and start.source.runs:
            return self._file(f"{start.source.path}:{path}")
        if best is None or best.kind == "copy":
            made = self._made(start, path)
            if made is not None:
                return self._take(made)
        if best is None or not best.source:
            return None
        rest = path[len(best.target.rstrip("/")) :].lstrip("/")
        if best.source.startswith(CONFIG_MAP):
            name, _, sub = best.source.removeprefix(CONFIG_MAP).partition("/")
            file = sub or rest
            entry = dict(best.renamed).get(file, "") if best.renamed else file
            return self._take(self._of_config_map(start, (f"ConfigMap {name}", entry)))
        host = from_here(best.source)
        if host.startswith("~") or "$" in host or re.match(r"[A-Za-z]:", host):
            return None
        joined = posixpath.join(host, rest) if rest else host
        found = self._file(posixpath.join(start.source.folder, joined))
        if found is None and best.kind == "copy":
            # A script often gathers what an image gets in a folder of its own first.
            found = self._file(posixpath.join(start.source.folder, posixpath.basename(joined)))
        return found

    def generated(self, overlay: str, made: MadeByName) -> None:
        """Take what a kustomization in the folder `overlay` makes."""
        for (kind, name), each in made.items():
            for file, part in each.files.items():
                self._generated.setdefault((f"{kind} {name}", file), {})[overlay] = part

    def _of_config_map(self, start: Start, key: tuple[str, str]) -> SourcePart | None:
        """A file of a ConfigMap: of its own overlay, else of the nearest manifest with one of that name."""
        generated = self._generated.get(key, {})
        if start.overlay in generated:
            return generated[start.overlay]
        own = start.source.folder
        parts = self._parts.get(key, [])
        for near in (lambda each: each is start.source, lambda each: each.folder == own):
            if found := [part for part in parts if near(part.source)]:
                return found[-1]
        above = [part for part in parts if within(part.source.folder, own)] or parts
        if not above and not start.overlay:
            above = list(generated.values())
        return above[0] if len({part.source.path for part in above}) == 1 else None

    def _made(self, start: Start, path: str) -> SourcePart | None:
        """The file that a start's own script writes, or the Dockerfile of its image."""
        for part in self._written:
            own = part.source is start.source or part.source.key == start.dockerfile
            if own and posixpath.normpath(part.name) == posixpath.normpath(path):
                return part
        return None

    def beside(self, start: Start, path: str) -> SourcePart | None:
        if not path or start.source.runs or path.startswith("~") or "$" in path:
            return None
        return self._file(posixpath.join(start.source.folder, path))

    def outside(self, start: Start, path: str) -> str | None:
        if not start.contained:
            if path.startswith("~") or (start.holder == "systemd" and "%" in path):
                return path  # somebody's home
            return posixpath.normpath(posixpath.join(start.working_dir or start.source.folder, path))
        covering = [m for m in start.mounts if _covers(m.target, path) and m.source and m.kind != "volume"]
        if not covering:
            return None
        best = max(covering, key=lambda mount: len(mount.target))
        host = from_here(best.source)
        rest = path[len(best.target.rstrip("/")) :].lstrip("/")
        folder = "" if host.startswith("~") else start.source.folder
        return posixpath.normpath(posixpath.join(folder, host, rest))

    def listed(self, path: str) -> Sequence[str] | None:
        return self._folder(path)

    def with_image(self, start: Start) -> Start:
        """A start whose image is built from files of this run, with what its Dockerfile puts in."""
        path = start.dockerfile
        source = (self._sources.get(path) or self._load(path)) if path and start.built else None
        if source is None:
            return start

        found = next(iter(holders.dockerfile.read(source)[0]), None)
        if found is None or found.image is None:
            return start
        self.built.add(path)
        own = found.entrypoint is not None or found.command is not None
        if own and start.entrypoint is None and start.command is None:
            return _within(found, start)
        if found.entrypoint is not None and start.entrypoint is None:
            return start
        return _over(found, start, posixpath.dirname(posixpath.relpath(path, start.source.folder or ".")))

    def fronted(self, source: Source, port: int) -> bool:
        folder = f"{source.folder}/" if source.folder else ""
        near = (each for path, each in self._gateways.items() if path.startswith(folder))
        return any(re.search(rf"(?:proxy_pass|grpc_pass|server)\b[^;]*:{port}\b", each.text) for each in near)

    def _file(self, path: str) -> SourcePart | None:
        path = posixpath.normpath(path)
        source = self._sources.get(path) or self._load(path)
        return self._take(SourcePart(source, source.region, source.name)) if source is not None else None

    def _take(self, part: SourcePart | None) -> SourcePart | None:
        if part is not None:
            self.used.add(part.key)
        return part


def from_here(path: str) -> str:
    """A path as seen from the script's folder."""
    return _HERE.sub(".", path)


def within(one: str, other: str) -> bool:
    """Whether one of two folders lies in the other."""
    shorter, longer = sorted((one, other), key=len)
    return not shorter or longer == shorter or longer.startswith(f"{shorter}/")


def _within(image: Start, service: Start) -> Start:
    """What a Dockerfile starts, with what the Compose service that builds it adds."""
    up = posixpath.relpath(service.source.folder or ".", image.source.folder or ".")
    mounts = [
        m._replace(source=posixpath.join(up, own) if own[:1] == "." else own, file=m.file or service.source)
        for m, own in ((m, from_here(m.source)) for m in service.mounts)
    ]
    health = service.health and service.health._replace(source=service.health.source or service.source)
    unchecked = service.option("--no-healthcheck")
    return image._replace(
        publishes=tuple(each._replace(source=each.source or service.source) for each in service.publishes),
        environment=(*image.environment, *_said(service.environment, service.source)),
        environment_open=image.environment_open or service.environment_open,
        mounts=(*image.mounts, *mounts),
        network=service.network,
        network_at=service.network_at,
        network_source=service.network_source or service.source,
        init=service.init,
        health=health or (None if unchecked else image.health),
        user=service.user or image.user,
        working_dir=service.working_dir or image.working_dir,
        options=(*image.options, *(o for o in service.options if o[0] == "--no-healthcheck")),
        service=service,
    )


def _over(image: Start, start: Start, folder: str) -> Start:
    """A start with its own command, and everything else that its Dockerfile, in `folder`, gives the image."""
    source = image.source
    copies = [
        m._replace(source=posixpath.join(folder, m.source) if m.source else "", file=source) for m in image.mounts
    ]
    unchecked = start.option("--no-healthcheck") is not None
    health = image.health._replace(source=source) if image.health is not None and not unchecked else None
    given = (EDITS, WRITES, INSTALLS, *(("USER",) if start.user is None else ()))
    return start._replace(
        base=image.image.text if image.image is not None else "",
        mounts=(*copies, *start.mounts),
        environment=(*_said(image.environment, source), *start.environment),
        health=start.health or health,
        user=start.user or image.user,
        user_source=source if start.user is None and image.user is not None else None,
        working_dir=start.working_dir or image.working_dir,
        options=(*(o for o in image.options if o[0] in given), *start.options),
    )


def _said(variables: Sequence[Variable], source: Source) -> tuple[Variable, ...]:
    return tuple(each._replace(source=each.source or source) for each in variables)


def _covers(target: str, path: str) -> bool:
    return path == target or path.startswith(target.rstrip("/") + "/")
