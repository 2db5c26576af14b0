"""What cannot be looked at, or not wholly, is said."""

from __future__ import annotations

import errno
import struct
from pathlib import Path
from typing import Any

import pytest

from tests.support import model_builders as b
from wizard.machine.inspection import inspect
from wizard.models import disk
from wizard.servers.llama_server.models.formats import Ggufs
from wizard.servers.llama_server.models.model_files import look_at_file

TS, TF = "torchserve", "tensorflow-serving"


def test_a_path_that_may_not_be_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may look everywhere, so the refusal is played."""
    closed = tmp_path / "closed"
    stat = Path.stat

    def refused(path: Path, **options: Any) -> Any:
        if path == closed:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, **options)

    monkeypatch.setattr(Path, "stat", refused)
    assert b.problem(inspect(closed, TF), "path-no-access").severity == "functional"


def test_an_archive_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = b.mar(tmp_path / "m.mar")

    def refused(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(disk, "open_regular", refused)
    assert b.problem(inspect(path, TS), "archive-unreadable").severity == "functional"


def test_a_file_that_the_manifest_names_and_the_archive_lacks(tmp_path: Path) -> None:
    report = inspect(b.mar(tmp_path / "m.mar", b.members(serializedFile="weights.pt")), TS)
    assert "weights.pt" in b.problem(report, "file-not-in-archive").message


def test_a_store_with_more_archives_than_are_looked_into(tmp_path: Path) -> None:
    for number in range(101):
        b.mar(tmp_path / "store" / f"m{number}.mar", b.members(modelName=f"m{number}"))
    assert "101" in b.problem(inspect(tmp_path / "store", TS), "store-large").message


def test_a_folder_with_more_entries_than_are_looked_at(tmp_path: Path) -> None:
    b.put(tmp_path / "m" / "1")
    for number in range(disk.LISTING_LIMIT):
        (tmp_path / "m" / f"note-{number}").touch()
    assert b.problem(inspect(tmp_path / "m", TF), "too-many-entries").severity == "info"


def test_a_folder_of_gguf_files(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    found = Ggufs().directory(tmp_path, disk.listing(tmp_path))
    assert found is not None
    assert [p.id for p in found.problems] == ["gguf-folder"]


def test_a_gguf_whose_header_is_larger_than_what_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF" + struct.pack("<IQQ", 3, 1 << 40, 0))
    assert [(p.id, p.severity) for p in look_at_file(path).problems] == [("gguf-too-large", "medium")]
