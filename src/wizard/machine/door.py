"""The one door to the disk: whatever this program writes, copies, moves, removes or gives away goes through here.

A folder is held open by its descriptor, and everything below it is reached from there, one name at a time, so that
nobody can insert a link between a check and an action. New files are put in place by a rename; existing files are never
changed in place.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from wizard.errors import ExitCode, WizardError
from wizard.machine import locks

FOLDER_MODE = 0o755
PRIVATE = 0o700
_STALE_S = 60.0
"""Age in seconds after which a temporary file must be abandoned, on a file system without locks."""
_ENTER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_MAKE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_LINKS = (errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.EMLINK)
"""Errors from file systems without hard links."""
_KINDS = {stat.S_IFLNK: "a symbolic link", stat.S_IFREG: "a file", stat.S_IFDIR: "a folder"}
_LINKS = (errno.ELOOP, errno.ENOTDIR, errno.EMLINK)


class Folder:
    """A folder that is held open.

    Names are paths below it, written with "/"; no part of one may be a link. Methods raise WizardError if a link or
    something else is in the way, and OSError if the disk refuses.
    """

    def __init__(self, descriptor: int, path: Path) -> None:
        self._fd = descriptor
        self.path = path

    def read(self, name: str, limit: int) -> bytes | None:
        """The bytes of a regular file; None if there is none. A file of more than `limit` bytes is refused."""
        try:
            with self._parent(name) as (parent, last):
                descriptor = os.open(last, _READ, dir_fd=parent)
        except FileNotFoundError:
            return None
        except OSError as problem:
            if problem.errno in (errno.ELOOP, errno.EMLINK):
                raise self._in_the_way(name, "a symbolic link") from None
            if problem.errno in (errno.ENXIO, errno.ENODEV):  # a socket, a device that is not there
                raise self._in_the_way(name, _kind(stat.S_IFSOCK)) from None
            raise
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            os.close(descriptor)
            raise self._in_the_way(name, _kind(mode))
        with os.fdopen(descriptor, "rb") as file:
            data = file.read(limit + 1)
        if len(data) > limit:
            raise self._in_the_way(name, f"longer than {limit} bytes")
        return data

    def status(self, name: str) -> os.stat_result | None:
        """What is there, None if nothing. Raises WizardError for anything but a regular file."""
        try:
            with self._parent(name) as (parent, last):
                found = os.stat(last, dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            raise self._in_the_way(name, _kind(found.st_mode))
        return found

    def names(self, name: str = "") -> list[str]:
        """The names in it, or in a folder below it; none if there is no such folder."""
        try:
            with self._folder(name) as descriptor:
                return sorted(os.listdir(descriptor))  # noqa: PTH208 - by descriptor
        except FileNotFoundError:
            return []

    def make_folder(self, name: str, mode: int = FOLDER_MODE) -> None:
        """Make a folder and those above it. Access of others to a PRIVATE one is removed, if this user may do so."""
        with self._folder(name, mode, make=True) as descriptor:
            found = os.fstat(descriptor)
            if mode == PRIVATE != stat.S_IMODE(found.st_mode) and os.geteuid() in (0, found.st_uid):
                os.fchmod(descriptor, mode)

    def create(self, name: str, data: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
        """Make a new file, whatever the umask, and flush it to disk.

        A process killed meanwhile leaves an incomplete file, so use this only in folders that are then discarded.
        """
        with self._filled(name, self.sink(name, mode & PRIVATE), data, mode, owner):
            pass

    def write(self, name: str, data: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
        """Write one file as a whole: a reader sees the old text or the new one, never half of it."""
        if not PurePosixPath(name).name:
            raise self._in_the_way(".", "a folder")
        self.status(name)
        with self._staged(name, data, mode, owner) as temporary:
            self.move(temporary, name)

    def add(self, name: str, data: bytes, mode: int, owner: tuple[int, int] | None = None) -> None:
        """Make one new file as a whole. Raises FileExistsError if it exists."""
        with self._staged(name, data, mode, owner) as temporary, self._parent(name) as (parent, last):
            try:
                os.link(PurePosixPath(temporary).name, last, src_dir_fd=parent, dst_dir_fd=parent)
            except OSError as problem:
                if problem.errno not in _NO_LINKS:
                    raise
                self.create(name, data, mode, owner)
            with suppress(OSError):  # if not now, the next run removes it
                self.remove(temporary)

    def move(self, name: str, to: str) -> None:
        """Rename a file, replacing an existing one."""
        with self._parent(name) as (parent, last), self._parent(to) as (new_parent, new_last):
            os.rename(last, new_last, src_dir_fd=parent, dst_dir_fd=new_parent)

    def remove(self, name: str) -> None:
        """Remove a file; it is fine if there is none."""
        with suppress(FileNotFoundError), self._parent(name) as (parent, last):
            os.unlink(last, dir_fd=parent)

    def remove_tree(self, name: str) -> None:
        """Remove a folder with everything in it; links in it are removed, not followed."""
        with suppress(FileNotFoundError):
            with self._folder(name) as descriptor:
                for each in os.scandir(descriptor):
                    with suppress(FileNotFoundError):  # somebody else may be removing it as well
                        if each.is_dir(follow_symlinks=False):
                            self.remove_tree(f"{name}/{each.name}")
                        else:
                            os.unlink(each.name, dir_fd=descriptor)
            with self._parent(name) as (parent, last):
                os.rmdir(last, dir_fd=parent)

    def owner(self, name: str) -> int | None:
        """The user id of a folder's owner, "." for this folder; None if there is none, or only a link to one."""
        try:
            with self._parent(name) as (parent, last):
                found = os.stat(last or ".", dir_fd=parent, follow_symlinks=False)
        except FileNotFoundError:
            return None
        return found.st_uid if stat.S_ISDIR(found.st_mode) else None

    def make_new(self, name: str, mark: str, text: str) -> None:
        """Make a new folder, with a file in it before others can look into it."""
        with self._parent(name) as (parent, last):
            os.mkdir(last, PRIVATE, dir_fd=parent)
        self.create(f"{name}/{mark}", text.encode(), 0o644)
        with self._folder(name) as descriptor:
            os.fchmod(descriptor, FOLDER_MODE)

    def sink(self, name: str, mode: int = 0o644) -> BinaryIO:
        """A new file to which this program, or programs it starts, append."""
        with self._parent(name) as (parent, last):
            return os.fdopen(os.open(last, _MAKE, mode, dir_fd=parent), "wb")

    def sync(self, name: str = "") -> None:
        """Flush the names in a folder to disk."""
        with self._folder(name) as descriptor:
            os.fsync(descriptor)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Lock this folder against other processes. Raises WizardError if another one takes too long."""
        with locks.alone(self._fd, self.path):
            yield

    @contextmanager
    def _staged(self, name: str, data: bytes, mode: int, owner: tuple[int, int] | None) -> Iterator[str]:
        """The name of a file next to `name` with the data; it is removed if putting it in place fails."""
        place = PurePosixPath(name)
        self.sweep(str(place.parent), f".{place.name}.")
        while True:
            temporary = str(place.with_name(f".{place.name}.{os.urandom(4).hex()}.tmp"))
            file = self.sink(temporary, mode & PRIVATE)
            # It is locked as long as its writer lives. Before that, another one may have taken it for left behind.
            if locks.lock(file.fileno()) is not False and os.fstat(file.fileno()).st_nlink:
                break
            file.close()
        with self._filled(temporary, file, data, mode, owner):
            yield temporary

    @contextmanager
    def _filled(
        self, name: str, file: BinaryIO, data: bytes, mode: int, owner: tuple[int, int] | None
    ) -> Iterator[None]:
        """Write a new file, set its owner and mode, flush it to disk; if that fails, the file is removed."""
        try:
            with file:
                file.write(data)
                file.flush()
                if owner is not None and owner != (os.geteuid(), os.getegid()):
                    os.fchown(file.fileno(), *owner)
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
                yield
        except BaseException:
            with suppress(OSError):
                self.remove(name)
            raise

    def sweep(self, folder: str, beginning: str = ".") -> None:
        """Remove files with this temporary prefix that killed writers left in a folder."""
        with suppress(FileNotFoundError), self._folder(folder) as descriptor:
            for each in os.scandir(descriptor):
                if each.name.startswith(beginning) and each.name.endswith(".tmp"):
                    with suppress(OSError):
                        _remove_if_dead(each.name, descriptor)

    @contextmanager
    def _parent(self, name: str) -> Iterator[tuple[int, str]]:
        place = PurePosixPath(name)
        with self._folder(str(place.parent)) as descriptor:
            yield descriptor, place.name

    @contextmanager
    def _folder(self, name: str, mode: int = FOLDER_MODE, make: bool = False) -> Iterator[int]:
        place = PurePosixPath(name)
        if place.is_absolute() or ".." in place.parts:
            raise WizardError(f"{name} leads out of {self.path}", hint="Names of written files stay in their folder.")
        current = os.dup(self._fd)
        try:
            for part in place.parts:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(part, mode, dir_fd=current)
                try:
                    below = os.open(part, _ENTER, dir_fd=current)
                except OSError as problem:
                    if problem.errno in _LINKS:
                        what = _kind(os.stat(part, dir_fd=current, follow_symlinks=False).st_mode)
                        raise self._in_the_way(part, what) from None
                    raise
                os.close(current)
                current = below
            yield current
        finally:
            os.close(current)

    def _in_the_way(self, name: str, what: str) -> WizardError:
        return WizardError(
            f"{name} is {what}", f"in {self.path}", "Move it away, or choose another folder.", ExitCode.INVALID
        )


@contextmanager
def opened(path: Path, make: bool = False, mode: int = FOLDER_MODE) -> Iterator[Folder]:
    """A folder, held open, created with `make`; its path may contain links. WizardError if a file is in the way."""
    if make:
        for each in reversed([*takewhile(lambda p: not p.exists(), (path, *path.parents))]):
            each.mkdir(mode, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except NotADirectoryError:
        raise WizardError(f"{path} is not a folder", hint="Choose another one.") from None
    try:
        yield Folder(descriptor, path)
    finally:
        os.close(descriptor)


def write_file(path: Path, text: str, mode: int = 0o644) -> None:
    """Write one file as a whole, creating the folder if necessary."""
    with opened(path.parent, make=True) as folder:
        folder.write(path.name, text.encode(), mode)


def remove_file(path: Path) -> None:
    """Remove a file or a link; it is fine if there is none. Raises OSError if the disk refuses."""
    with suppress(NotADirectoryError):
        path.unlink(missing_ok=True)


def empty(path: Path) -> None:
    """Empty a file to which others continue to append. Raises OSError."""
    os.close(os.open(path, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC))


def _remove_if_dead(name: str, parent: int) -> None:
    """Remove a temporary file that nobody has locked."""
    with os.fdopen(os.open(name, _READ, dir_fd=parent), "rb") as file:
        locked = locks.lock(file.fileno())
        if locked or (locked is None and os.fstat(file.fileno()).st_mtime < time.time() - _STALE_S):
            os.unlink(name, dir_fd=parent)


def _kind(mode: int) -> str:
    return _KINDS.get(stat.S_IFMT(mode), "a pipe, a socket or a device")
