"""What is inside a TorchServe archive (.mar, .tar.gz or a folder), read without unpacking it to disk.

What the server makes of one: ZipUtils.java and ModelArchive.java of v0.12.0. Limits here keep a hostile archive from
costing time or memory: of a zip only the directory and the manifest are read, of a tar the first 32 MiB.
"""

from __future__ import annotations

import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from wizard.models import disk
from wizard.models.names import printable
from wizard.models.problems import Maker, lfs_problem
from wizard.models.report import Problem
from wizard.servers.torchserve.models import manifest
from wizard.servers.torchserve.models.gzipped import Gunzipped, TooMuchError

_problem = Maker(__package__)

MEMBERS_LIMIT = 20_000
"""Maximum number of files in one archive that are examined."""
FOLDER_LIMIT = 2_000
"""Maximum number of files of a model folder that are listed."""
DIRECTORY_LIMIT = 8 << 20
"""Maximum bytes of a zip's directory that are read."""
UNPACK_LIMIT = 32 << 20
"""Maximum bytes that are unpacked (in memory, piece by piece) while reading a .tar.gz."""
PACKED_LIMIT = UNPACK_LIMIT + (8 << 20)
"""Maximum bytes of a .tar.gz that are read: what cannot be packed becomes a little longer."""
EMPTY_READS = 8
"""Maximum number of empty reads at the end of a .tar.gz; a complete archive needs two."""
LARGE = 20 << 30
"""Unpacked bytes from which a person is told, because TorchServe unpacks at every start."""
BOMB_RATIO = 200

BROKEN = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    tarfile.TarError,
    struct.error,
    zlib.error,
    EOFError,
    ValueError,
    OverflowError,
    IndexError,
    NotImplementedError,
    RuntimeError,
    RecursionError,
)
"""Exceptions of the standard library for archives that are not complete."""

_ZIP_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_END = b"PK\x05\x06"


@dataclass
class Contents:
    """An archive as the server would unpack it; `complete` is False if a limit ended the reading."""

    names: set[str] = field(default_factory=set)
    manifest: bytes | None = None
    complete: bool = True
    hint: str = ""
    problems: list[Problem] = field(default_factory=list)


class _Limited:
    """A stream that gives up after `limit` bytes, and when it is read again and again past its end.

    `tarfile` skips a member by reading as often as the member's announced size requires, whether anything comes or not.
    """

    def __init__(self, source: Gunzipped, limit: int) -> None:
        self._source = source
        self._left = limit
        self._empty = 0

    def read(self, size: int = -1) -> bytes:
        """Some bytes. Raises TooMuchError past the limit, EOFError past the end."""
        if self._left <= 0:
            raise TooMuchError
        data = self._source.read(min(size, self._left) if size >= 0 else self._left)
        self._left -= len(data)
        self._empty += not data
        if self._empty > EMPTY_READS:
            raise EOFError("it ends before what it announces")
        return data


def _escapes(name: str) -> bool:
    """True if unpacking this member would write outside the folder it is unpacked to."""
    depth = 0
    for part in name.replace("\\", "/").split("/"):
        depth += -1 if part == ".." else part not in ("", ".")
        if depth < 0:
            return True
    return False


def _unsafe(names: Iterable[str], file: str) -> list[Problem]:
    bad = next((n for n in names if _escapes(n)), None)
    if bad is None:
        return []
    return [
        _problem(
            "archive-unsafe-path",
            f'{file} holds a file named "{printable(bad)}", which would be written outside its folder.',
        )
    ]


def _large(unpacked: int, packed: int, file: str) -> list[Problem]:
    if unpacked < LARGE and not (unpacked > 1 << 30 and unpacked > BOMB_RATIO * packed):
        return []
    return [
        _problem("archive-unpacks-large", f"{file} ({packed / 2**20:.0f} MiB) unpacks to {unpacked / 2**30:.1f} GiB.")
    ]


def _too_many(file: str) -> Problem:
    text = f"{file} holds more than {MEMBERS_LIMIT:,} files; it was not looked into further."
    return _problem("archive-too-many-files", text)


def _directory_size(file: BinaryIO, size: int) -> int:
    """The bytes of a zip's directory, according to its last record. Raises BadZipFile."""
    file.seek(max(0, size - 65_557))
    tail = file.read(65_557)
    at = tail.rfind(_END)
    if at < 0 or len(tail) < at + 22:
        raise zipfile.BadZipFile("no zip directory found")
    directory = struct.unpack_from("<L", tail, at + 12)[0]
    zip64 = tail.rfind(b"PK\x06\x06", 0, at)
    if zip64 >= 0 and len(tail) >= zip64 + 56:
        directory = max(directory if directory < 2**32 - 1 else 0, struct.unpack_from("<Q", tail, zip64 + 40)[0])
    if directory > size:
        raise zipfile.BadZipFile("its directory is larger than the file")
    return int(directory)


def _read_zip(path: Path) -> Contents:
    shown = printable(path.name)
    if disk.is_lfs_pointer(path):
        return Contents(complete=False, problems=[lfs_problem(path)])
    with disk.open_regular(path) as file:
        size = path.stat().st_size
        if _directory_size(file, size) > DIRECTORY_LIMIT:
            return Contents(complete=False, problems=[_too_many(shown)])
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MEMBERS_LIMIT:
                return Contents(complete=False, problems=[_too_many(shown)])
            contents = Contents(names={m.filename for m in members})
            contents.problems += _unsafe((m.filename for m in members), shown)
            contents.problems += _large(sum(max(0, m.file_size) for m in members), size, shown)
            if any(m.flag_bits & 1 or m.compress_type not in _ZIP_METHODS for m in members):
                raise zipfile.BadZipFile("encrypted, or packed in a way that Java cannot unpack")
            if manifest.NAME in contents.names:
                contents.manifest = _read_member(archive)
            else:
                contents.hint = _where_else(contents.names)
    return contents


def _read_member(archive: zipfile.ZipFile) -> bytes:
    with archive.open(manifest.NAME) as member:
        data = member.read(manifest.SIZE_LIMIT + 1)
    if len(data) > manifest.SIZE_LIMIT:
        raise ValueError("its manifest is larger than 1 MiB")
    return data


def _where_else(names: Set[str]) -> str:
    """A hint for a manifest that exists, but not at the top."""
    deeper = sorted(n for n in names if n.endswith("/" + manifest.NAME))
    return f" at its top; there is one in {printable(deeper[0])}" if deeper else ""


def _read_tar(path: Path) -> Contents:
    """TorchServe removes the first part of every name: `root/MAR-INF/...` is found, `MAR-INF/...` at the top is
    lost."""
    contents, roots, unpacked = Contents(), set[str](), 0
    if disk.is_lfs_pointer(path):
        return Contents(complete=False, problems=[lfs_problem(path)])
    with disk.open_regular(path) as file:
        packed = path.stat().st_size
        try:
            stream = _Limited(Gunzipped(file, PACKED_LIMIT), UNPACK_LIMIT)
            with tarfile.open(fileobj=cast("BinaryIO", stream), mode="r|") as archive:
                for number, member in enumerate(archive, 1):
                    if number > MEMBERS_LIMIT:
                        contents.problems.append(_too_many(printable(path.name)))
                        raise TooMuchError
                    unpacked += member.size
                    root, cut, rest = member.name.partition("/")
                    roots.add(root if cut or member.isdir() else "")
                    contents.names.add(rest if cut else root)
                    if rest == manifest.NAME and member.isfile():
                        contents.manifest = _read_tar_member(archive, member)
        except TooMuchError:
            contents.complete = False
    contents.problems += _unsafe(contents.names, printable(path.name))
    contents.problems += _large(unpacked, packed, printable(path.name))
    contents.problems += _tar_root(contents, roots, printable(path.name))
    return contents


def _read_tar_member(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | None:
    if member.size > manifest.SIZE_LIMIT:
        raise ValueError("its manifest is larger than 1 MiB")
    inside = archive.extractfile(member)
    return inside.read() if inside else None


def _tar_root(contents: Contents, roots: set[str], file: str) -> list[Problem]:
    found = contents.manifest is not None
    if not found and not contents.complete:
        return [
            _problem(
                "archive-not-read-whole",
                f"The beginning of {file} (at most {UNPACK_LIMIT >> 20} MiB) holds no {manifest.NAME}; "
                "the rest was not read.",
            )
        ]
    if len(roots) == 1 and "" not in roots:
        contents.hint = "" if found else _where_else(contents.names)
        return []
    if not found:
        contents.hint = " inside one root folder, where TorchServe looks for it"
    return [
        _problem(
            "tar-root", f"{file} does not have exactly one root folder.", severity="medium" if found else "functional"
        )
    ]


def _read_folder(path: Path) -> Contents:
    """A model folder, which TorchServe uses in place."""
    contents = Contents()
    names, contents.complete = disk.files_below(path, FOLDER_LIMIT)
    contents.names = set(names)
    try:
        with disk.open_regular(path / manifest.NAME) as file:
            contents.manifest = file.read(manifest.SIZE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return contents
    if len(contents.manifest) > manifest.SIZE_LIMIT:
        raise ValueError("its manifest is larger than 1 MiB")
    return contents


READERS = {"mar": _read_zip, "tar-gz": _read_tar, "model-folder": _read_folder}
