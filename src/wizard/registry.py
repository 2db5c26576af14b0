"""Which servers there are, without loading what they know.

An entry point of the group `serving_wizard.servers` has the server's id as its name and a light package as its value.
That package has TITLE and SUMMARY; its `load()` returns the adapter, and its `load_reading()`, if it has one, what it
knows about existing files.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

from wizard.harmless import harmless

if TYPE_CHECKING:
    from types import ModuleType

    from wizard.observed.seen import Reading
    from wizard.servers.contract import Adapter, ApiSpec

GROUP = "serving_wizard.servers"


class Identity(NamedTuple):
    """What the first step shows about a server."""

    id: str
    title: str
    summary: str
    """One clause: for which models it is."""


@cache
def names() -> tuple[str, ...]:
    """The ids of all servers, in alphabetical order."""
    return tuple(sorted(_packages()))


@cache
def identities() -> tuple[Identity, ...]:
    """All servers by title; nothing heavy is loaded."""
    found = []
    for name, package in _packages().items():
        module = import_module(package)
        found.append(Identity(name, module.TITLE, module.SUMMARY))
    return tuple(sorted(found, key=lambda one: one.title.lower()))


def title(server: str) -> str:
    """What a person calls a server, by its id; the id of one that is not here."""
    return next((each.title for each in identities() if each.id == server), server)


@cache
def preferred(mark: str) -> str:
    """The server marked in its package as FIRST (selected by default) or DEMO (whose sample `demo` shows)."""
    marked = (name for name in names() if getattr(import_module(_packages()[name]), mark, False))
    return next(marked, names()[0])


@cache
def adapter(name: str) -> Adapter:
    """Everything known about a server, by its id in the answers file. Raises KeyError for an unknown one."""
    found: Adapter = import_module(_packages()[name]).load()
    return found


def spec(name: str, api: str) -> ApiSpec:
    """What a server, by its id, says of one of its APIs. Raises KeyError for one that it does not have."""
    for each in adapter(name).apis:
        if each.api == api:
            return each
    raise KeyError(api)


def package(name: str) -> str:
    """The package of a server, which contains its data files; nothing is loaded. Raises KeyError for an unknown one."""
    return _packages()[name]


@cache
def readings() -> tuple[Reading, ...]:
    """What each server knows about existing files; a server need not know anything."""
    loaders = (getattr(import_module(package), "load_reading", None) for package in _packages().values())
    return tuple(load() for load in loaders if load is not None)


@cache
def broken() -> dict[str, str]:
    """Server id -> why the registered server cannot be used: its package does not load."""
    return {name: why for name, package in _registered().items() if (why := _why_not(package))}


@cache
def _packages() -> dict[str, str]:
    for name, why in broken().items():
        sys.stderr.write(f"serving-wizard: {harmless(f'the server {name} is left out: {why}')}\n")
    return {name: package for name, package in _registered().items() if name not in broken()}


@cache
def _registered() -> dict[str, str]:
    return dict(_entries())


def _why_not(package: str) -> str:
    """Why a package cannot be used as a server; "" if it can. A third-party package can fail in any way."""
    try:
        module = import_module(package)
    except Exception as error:
        return f"its package {package} does not load ({type(error).__name__}: {error})"
    missing = [name for name in ("TITLE", "SUMMARY", "load") if not hasattr(module, name)]
    if missing:
        return f"its package {package} has no {' and no '.join(missing)}"
    own = package.partition(".")[0] == __name__.partition(".")[0]
    # Those that come with this program are loaded by its tests; here that would cost every command its quick start.
    return "" if own else _why_not_loaded(package, module)


def _why_not_loaded(package: str, module: ModuleType) -> str:
    """What fails when everything that a third-party package provides is requested; "" if nothing does."""
    # Only for packages from elsewhere.
    from wizard.servers.contract import Adapter

    for ask in ("load", "load_reading"):
        if not hasattr(module, ask):
            continue
        try:
            found = getattr(module, ask)()
        except Exception as error:
            return f"{ask}() of its package {package} fails ({type(error).__name__}: {error})"
        wanted = [name for name in (*Adapter.__annotations__, *vars(Adapter)) if name[0] != "_"]
        missing = [name for name in wanted if not hasattr(found, name)] if ask == "load" else []
        if missing:
            return f"what load() of its package {package} returns has no {' and no '.join(missing)}"
    return ""


def _entries() -> Iterator[tuple[str, str]]:
    """(id, package) of each entry point; the first on the path counts, as for imports.

    `importlib.metadata` would give the same, but loading it costs more than everything else the first screen needs.
    """
    seen: set[str] = set()
    for text in _lists():
        section = ""
        for line in text.splitlines():
            if line.startswith("["):
                section = line.strip("[] ")
            name, equals, package = line.partition("=")
            if section == GROUP and equals and name.strip() not in seen:
                seen.add(name.strip())
                yield name.strip(), package.strip()


def _lists() -> Iterator[str]:
    """The lists of entry points that may name a server, of everything that is installed.

    Without pathlib, whose glob took a millisecond more of every start.
    """
    for folder in (path or "." for path in sys.path):
        try:
            distributions = sorted(name for name in os.listdir(folder) if name.endswith(".dist-info"))  # noqa: PTH208
        except OSError:
            continue
        for name in distributions:
            with suppress(OSError), open(f"{folder}/{name}/entry_points.txt", "rb") as file:  # noqa: PTH123
                text = file.read().decode("utf-8", "replace")
                if GROUP in text:
                    yield text
