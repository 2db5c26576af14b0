"""What makes every start fast: packages that load what is in them when it is first used, and garbage looked for seldom.

Who may need a module of such a package imports the package at the top, and names the module where it is used. So the
first page is shown without pydantic, findings and files (110 ms), `check` reads one file without the readers of all
other kinds (30 ms), and no command loads the Docker SDK (105 ms) unless it asks an engine. The times are Python's own,
by `-X importtime` on a busy machine; what a whole start takes is measured in `benchmarks/`.

Such a package lists its modules for the type checker and hides its `__getattr__` from it: behind one, a module that was
renamed would be missed only where it is used.
"""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from sys import modules
from types import ModuleType
from typing import AnyStr, cast


def modules_of(package: str) -> Callable[[str], ModuleType]:
    """The `__getattr__` of a package whose modules are loaded when they are first used; Python keeps them there."""

    def load(name: str) -> ModuleType:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return import_module(f"{package}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{package}.{name}":
                raise
            raise AttributeError(f"module {package!r} has no attribute {name!r}") from None

    return load


def names_of(package: str, names: Sequence[str], holders: Sequence[str]) -> Callable[[str], object]:
    """The `__getattr__` of a package that passes on names of the modules that hold them, and the modules themselves."""
    load = modules_of(package)

    def find(name: str) -> object:
        if name not in names:
            return load(name)
        holder = next(each for each in map(load, holders) if hasattr(each, name))
        found: object = getattr(holder, name)
        setattr(modules[package], name, found)
        return found

    return find


class LazyPattern:
    """Stands for a regular expression that is compiled when something of it is first asked for."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        self.pattern = pattern
        self._flags = flags

    def compiled(self) -> re.Pattern[str] | re.Pattern[bytes]:
        return re.compile(self.pattern, self._flags)

    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        value: object = getattr(self.compiled(), name)
        setattr(self, name, value)  # the next time, Python finds it by itself
        return value


def regex(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """What `re.compile` returns, for a constant of a module: compiled when it is first used.

    To read one file, `check` uses a fifth of the patterns that its modules hold, and to compile all of them took an
    eighth of its time. The functions of `re` do not take it; its methods do the same.

    Raises `re.error` where it is first used.
    """
    return cast("re.Pattern[AnyStr]", LazyPattern(pattern, flags))


def collect_seldom() -> None:
    """Nearly all that a command loads stays: looking for garbage among it took a tenth of the time it works.

    What `check` makes of one file is some thirty thousand objects, and looking through them took 3 ms of its 80.
    """
    gc.set_threshold(100_000, 50, 50)


@contextmanager
def without_collecting() -> Iterator[None]:
    """For a large import, all of which stays: a full collection would take 30 ms just before the first page."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        gc.set_threshold(20_000, 50, 50)  # a look must not hold up a key


def keep_all() -> None:
    """What there is now stays: a collection that walked over it would hold up a key for a tenth of a second."""
    gc.freeze()
