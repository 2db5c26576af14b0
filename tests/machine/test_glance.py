"""What an entry of a folder looks like from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import model_builders as b
from wizard.machine.glance import glance

TF, TS = "tensorflow-serving", "torchserve"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    root = tmp_path / "place"
    b.put(root / "half" / "1")
    b.put(root / "half" / "2")
    b.put(root / "single" / "7")
    b.put(root / "bare")
    b.mar(root / "store" / "echo.mar")
    b.folder(root / "unpacked")
    b.mar(root / "x.mar")
    (root / "net.pt").touch()
    (root / "notes.txt").touch()
    (root / "docs").mkdir()
    (root / ".hidden").mkdir()
    (root / "model.tar.gz").touch()
    return root


@pytest.mark.parametrize(
    ("name", "kind", "label", "server"),
    [
        ("half", "savedmodel-base", "SavedModel, 2 versions, newest 2", TF),
        ("single", "savedmodel-base", "SavedModel, version 7", TF),
        ("half/1", "savedmodel-version", "one version of a SavedModel", TF),
        ("bare", "savedmodel-version", "one version of a SavedModel", TF),
        ("store", "model-store", "model store", TS),
        ("unpacked", "model-folder", "unpacked model archive", TS),
        ("x.mar", "mar", "model archive", TS),
        ("model.tar.gz", "tar-gz", "model archive (tar)", TS),
        ("net.pt", "model-file", "model file, needs export", ""),
        ("notes.txt", "file", "", ""),
        ("docs", "folder", "", ""),
        ("nothing", "file", "", ""),
    ],
)
def test_a_glance(place: Path, name: str, kind: str, label: str, server: str) -> None:
    seen = glance(place / name)
    assert (seen.kind, seen.label, seen.server) == (kind, label, server)


def test_a_glance_opens_no_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a file was opened")

    for path in place.iterdir():
        glance(path)  # what the servers know is read once
    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("os.open", refuse)
    assert {glance(p).kind for p in place.iterdir()} >= {"mar", "savedmodel-base", "model-store"}
