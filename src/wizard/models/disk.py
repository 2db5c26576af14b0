"""Careful reading of somebody's disk: bounded listings, regular files only, looping links, permissions by stat."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

LISTING_LIMIT = 5_000
"""Maximum number of entries of a directory that are read."""
_MOST_LOOKED_AT = 500

_LFS = b"version https://git-lfs.github.com/spec/"


class NotRegularError(OSError):
    """The path is a pipe, socket or device, or a kernel file that acts like one; reading it could block forever."""


class DirEntry(NamedTuple):
    """One directory entry; `is_dir` and `is_file` follow links, and are both false for a broken or looping link."""

    name: str
    path: Path
    is_dir: bool
    is_file: bool
    is_link: bool


class Listing(NamedTuple):
    """The entries of a directory by name; `truncated` if there are more than were read."""

    entries: tuple[DirEntry, ...]
    truncated: bool = False

    def names(self) -> frozenset[str]:
        return frozenset(e.name for e in self.entries)

    def directories(self) -> Iterator[DirEntry]:
        return (e for e in self.entries if e.is_dir)

    def files(self) -> Iterator[DirEntry]:
        return (e for e in self.entries if e.is_file)


def exists(path: Path) -> bool:
    """Whether there is something; not if it cannot be told, or if no path can be like that."""
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def at_home(text: str) -> Path:
    """A path with `~` expanded; of an unknown user, or what no path can hold, it stays as it is."""
    try:
        return Path(text).expanduser()
    except (RuntimeError, ValueError):
        return Path(text)


def _entry(found: os.DirEntry[str]) -> DirEntry:
    try:
        is_dir, is_file = found.is_dir(), found.is_file()
    except OSError:
        is_dir = is_file = False
    return DirEntry(found.name, Path(found.path), is_dir, is_file, found.is_symlink())


def listing(path: Path, limit: int = LISTING_LIMIT) -> Listing:
    """List a directory. Raises OSError."""
    with os.scandir(path) as found:
        entries = [_entry(e) for e in islice(found, limit + 1)]
    shown = sorted(entries[:limit], key=lambda e: e.name)
    return Listing(tuple(shown), truncated=len(entries) > limit)


def try_listing(path: Path, limit: int = LISTING_LIMIT) -> Listing | None:
    """List a directory, or None if it cannot be read."""
    try:
        return listing(path, limit)
    except (OSError, ValueError):
        return None


def children(path: Path) -> list[DirEntry]:
    """The visible folders in a folder; none if it cannot be read."""
    there = try_listing(path)
    return [e for e in there.directories() if not e.name.startswith(".")] if there else []


def files_below(path: Path, limit: int) -> tuple[list[str], bool]:
    """The files below a folder, as relative paths, and whether these are all.

    Linked folders are left out. Raises OSError if the folder itself cannot be listed.
    """
    queue, found = [("", listing(path, limit))], list[str]()
    complete = True
    while queue:
        prefix, there = queue.pop()
        complete = complete and not there.truncated
        found += [prefix + e.name for e in there.files()]
        if len(found) + len(queue) > limit:
            return found[:limit], False
        for entry in there.directories():
            below = None if entry.is_link else try_listing(entry.path, limit)
            complete = complete and below is not None
            if below:
                queue.append((f"{prefix}{entry.name}/", below))
    return found, complete


@contextmanager
def open_regular(path: Path | str) -> Iterator[BinaryIO]:
    """Open a regular file for reading, without ever waiting for a pipe. Raises OSError, NotRegularError."""
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or (not found.st_size and _waits(descriptor)):
            raise NotRegularError("not a regular file")
        yield file


def _waits(descriptor: int) -> bool:
    """Whether reading would block, as with /proc/kmsg, which claims to be a regular file."""
    if not hasattr(select, "poll"):
        return False
    looked = select.poll()
    looked.register(descriptor, select.POLLIN)
    return not looked.poll(0)


def is_lfs_pointer(path: Path) -> bool:
    """True if the file is only a Git LFS pointer, as before `git lfs pull`."""
    try:
        with open_regular(path) as file:
            return file.read(len(_LFS)) == _LFS
    except (OSError, ValueError):
        return False


def may_read(status: os.stat_result, uid: int) -> bool:
    """Whether a process with this user and group number, and no right to override modes, may read what was stat'ed.

    For a directory, it must also be allowed to enter.
    """
    wanted = 0o5 if stat.S_ISDIR(status.st_mode) else 0o4
    shift = 6 if status.st_uid == uid else 3 if status.st_gid == uid else 0
    return (status.st_mode >> shift) & wanted == wanted


def first_unreadable(path: Path, uid: int) -> Path | None:
    """The first of `path` and what is below it that the user `uid` may not read; None if the first 500 entries are
    fine."""
    queue, looked = [path], 0
    while queue and looked < _MOST_LOOKED_AT:
        current = queue.pop(0)
        looked += 1
        try:
            status = current.stat()
        except (OSError, ValueError):
            continue
        if not may_read(status, uid):
            return current
        if stat.S_ISDIR(status.st_mode) and (current == path or not current.is_symlink()):
            below = try_listing(current, _MOST_LOOKED_AT)
            queue += [e.path for e in below.entries] if below else []
    return None


def leaves(link: Path, root: Path) -> Path | None:
    """Where a link points, if that is outside `root` (a container sees only what is below the mounted folder)."""
    try:
        target, top = link.resolve(strict=True), root.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):
        return None
    return None if target.is_relative_to(top) else target
