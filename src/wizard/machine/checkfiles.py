"""Files for `check`: walking folders, reading texts, never executing and never following links to folders."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from wizard import formats
from wizard.errors import WizardError
from wizard.models import disk
from wizard.observed.source import PIPED, Source
from wizard.registry import readings

MAX_BYTES = 2_000_000
"""Larger files are not configuration."""
_MOST_AT_ONCE = 65_536
"""Bytes: Python makes room for all that it is told to read, and nearly every file is small."""
MAX_ENTRIES = 200_000
"""Maximum number of names examined below one folder."""
MAX_ALL = 100_000_000
"""Bytes of all files below one folder together, which are kept in memory."""
MAX_DEPTH = 100
"""Maximum depth of folders."""

_SKIPPED = frozenset(
    {
        ".git",
        ".hg",
        ".svn",
        "node_modules",
        "__pycache__",
        ".venv",
        "venv",
        ".tox",
        ".mypy_cache",
        ".cache",
        ".terraform",
        ".serving-wizard-backup",
        ".serving-wizard-pending",
    }
)
_SUFFIXES = (
    ".properties", ".cfg", ".config", ".conf", ".pbtxt", ".yml", ".yaml", ".sh", ".bash", ".bat", ".cmd", ".ps1",
    ".service", ".container", ".md", ".env", ".ini", ".txt", ".dockerfile", ".nginx", ".json", ".zsh", ".command",
    ".markdown", ".rst", ".mk", ".conf.template", ".conf.tmpl", ".conf.in", ".py", ".ipynb",
    ".just", ".plist", ".fish",
)  # fmt: skip
_NAMES = ("dockerfile", "containerfile", "makefile", "gnumakefile", "justfile", ".justfile", "procfile", ".env")


Refused = Callable[[str], None]
"""Is told the path of a file or folder that this user may not read."""


def named(paths: Sequence[str], refused: Refused = lambda _: None) -> Iterator[Source]:
    """The files at some paths, each once, however often and however spelt it is named; folders are searched.

    `-` is standard input; `refused` is told what was found in a folder and may not be read. Raises WizardError for a
    path that does not exist or cannot be read.
    """
    if len(paths) == 1:  # nothing can be there twice, and asking costs time in a large folder
        yield from _at(paths[0], refused)
        return
    seen: set[str] = set()
    for path in paths:
        for source in _at(path, refused):
            place = source.path if path == PIPED else os.path.realpath(source.path)
            if place not in seen:
                seen.add(place)
                yield source


def _at(path: str, refused: Refused) -> Iterator[Source]:
    if path == PIPED:
        yield _standard_input()
    elif Path(path).is_dir():
        yield from _searched(path, refused)
    elif (source := load(path, named=True)) is not None:
        yield source


def once(sources: Iterable[Source]) -> list[Source]:
    """Sources to rewrite: of a file that is also reached through links, the file itself, or else the first of them."""
    kept: dict[str, Source] = {}
    for source in sources:
        place = source.path if source.path == PIPED else os.path.realpath(source.path)
        if place not in kept or (os.path.islink(kept[place].path) and not os.path.islink(source.path)):  # noqa: PTH114
            kept[place] = source
    return list(kept.values())


def relative(path: str, folder: str) -> str:
    """A path as seen from a folder, the same from wherever and however it was named; with slashes on every system."""
    try:
        return os.path.relpath(os.path.realpath(path), os.path.realpath(folder)).replace(os.sep, "/")
    except ValueError:  # on another drive
        return os.path.realpath(path)


def _standard_input() -> Source:
    data = sys.stdin.buffer.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise WizardError(f"Standard input is longer than {MAX_BYTES // 1_000_000} MB, so it is no configuration.")
    return decoded("-", data)


def load(path: str, named: bool = False) -> Source | None:
    """One file; None if it does not exist. Raises WizardError if it was named by a person and cannot be read."""
    try:
        if not os.path.isfile(path):  # noqa: PTH113  # a Path for each of 10,000 names is slow
            if named:
                raise WizardError(f"There is no file {path}.", hint="Name a file, a folder, or - for standard input.")
            return None
        with disk.open_regular(path) as file:
            data = file.read(_MOST_AT_ONCE)
            data += file.read(MAX_BYTES + 1 - _MOST_AT_ONCE) if len(data) == _MOST_AT_ONCE else b""
    except (OSError, ValueError) as error:
        if not named:
            return None
        reason = getattr(error, "strerror", None) or str(error)
        raise WizardError(f"{path} cannot be read: {reason}.") from None
    if len(data) > MAX_BYTES:
        if named:
            raise WizardError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB, so it is no configuration.")
        return None
    return decoded(path, data)


def _searched(folder: str, refused: Refused) -> Iterator[Source]:
    """The files below a folder, a folder's own files before those of its subfolders; links to folders are not followed.

    Raises WizardError if there are more than any server needs for its configuration.
    """
    entries, characters = 0, 0
    todo = [(folder, 0)]
    while todo:
        place, depth = todo.pop()
        folders, files = _listed(place, MAX_ENTRIES - entries, refused)
        entries += len(folders) + len(files)
        if entries > MAX_ENTRIES:
            raise _too_much(folder, f"there are more than {MAX_ENTRIES:,} files and folders in it")
        if folders and depth == MAX_DEPTH:
            raise _too_much(folder, f"folders lie in it more than {MAX_DEPTH} deep")
        todo += [(f"{place}/{name}", depth + 1) for name in sorted(folders, reverse=True) if name not in _SKIPPED]
        for name in sorted(files):
            if _candidate(name):
                source = load(f"{place}/{name}")
                if source is None and _forbidden(f"{place}/{name}"):
                    refused(f"{place}/{name}")
                if source is not None and source.flaw != "nul" and _may_start(source):
                    characters += len(source.text)
                    if characters > MAX_ALL:
                        raise _too_much(folder, f"its files have more than {MAX_ALL // 1_000_000} MB")
                    yield source


def _forbidden(path: str) -> bool:
    """Whether something is there that this user may not read."""
    try:
        with disk.open_regular(path):
            return False
    except OSError as error:
        return isinstance(error, PermissionError)


def _listed(place: str, limit: int, refused: Refused = lambda _: None) -> tuple[list[str], list[str]]:
    """The names of folders and of all other entries in a folder, at most one more than the limit."""
    folders: list[str] = []
    files: list[str] = []
    try:
        with os.scandir(place) as entries:
            for entry in islice(entries, limit + 1):
                (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
    except PermissionError:
        refused(place)
    except OSError:  # it has just gone
        pass
    return folders, files


def names_in(folder: str) -> list[str] | None:
    """The entries of a folder, sorted, with a / after names of folders; None if there is no such folder."""
    if not os.path.isdir(folder):  # noqa: PTH112
        return None
    folders, files = _listed(folder, MAX_ENTRIES)
    return sorted([*(f"{name}/" for name in folders), *files])


def _too_much(folder: str, why: str) -> WizardError:
    return WizardError(f"{folder} is too large to search: {why}.", hint="Name the files, or a folder with less in it.")


def _candidate(name: str) -> bool:
    low = name.lower()
    return low.endswith(_SUFFIXES) or low.startswith(_NAMES)


def _may_start(source: Source) -> bool:
    """Of programs, those that start others, and of notebooks those that name a server; a folder may contain more of
    the rest than of anything else."""
    if source.name.lower().endswith(".ipynb"):
        return any(marker in source.text for reading in readings() for marker in reading.names.markers)
    return not source.name.endswith(".py") or formats.python_commands.STARTS.search(source.text) is not None


def decoded(path: str, data: bytes) -> Source:
    """The text of a file; problems with its bytes are recorded as its flaw."""
    if b"\0" in data[:4096]:
        return Source(path, "", "nul")
    if data.startswith(b"\xef\xbb\xbf"):
        return Source(path, data[3:].decode("utf-8", "replace"), "bom")
    try:
        return Source(path, data.decode("utf-8"))
    except UnicodeDecodeError:
        return Source(path, data.decode("latin-1"), "latin-1")
