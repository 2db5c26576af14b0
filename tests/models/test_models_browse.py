"""Picking a path: the glance at one entry, completion, and the small tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models import builders as b
from wizard.models.browse import complete, glance
from wizard.models.tree import tree

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

    monkeypatch.setattr("builtins.open", refuse)
    monkeypatch.setattr("os.open", refuse)
    assert {glance(p).kind for p in place.iterdir()} >= {"mar", "savedmodel-base", "model-store"}


def test_completion_puts_what_the_server_loads_first(place: Path) -> None:
    for server, first in ((TF, {"bare/", "half/", "single/"}), (TS, {"store/", "unpacked/", "x.mar", "model.tar.gz"})):
        texts = [c.text.removeprefix(f"{place}/") for c in complete(f"{place}/", server)]
        assert set(texts[: len(first)]) == first and texts[-1] == "notes.txt"
        assert len(texts) == 10 and ".hidden/" not in texts
    assert [c.text for c in complete(f"{place}/.h", TF)] == [f"{place}/.hidden/"]
    assert [c.path for c in complete(f"{place}/ha", TF)] == [place / "half"]
    assert complete(f"{place}/nowhere/x", TF) == [] and complete("a\0b/", TF) == []


def test_completion_keeps_the_spelling(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(place))
    monkeypatch.chdir(place)
    assert [c.text for c in complete("~/ha", TF)] == ["~/half/"]
    assert [c.text for c in complete("ha", TF)] == ["half/"]
    assert [c.text for c in complete("./half/", TF)] == ["./half/1/", "./half/2/"]
    assert [c.text for c in complete("~", TF)] == []


def test_completion_is_bounded(tmp_path: Path) -> None:
    for i in range(300):
        (tmp_path / f"f{i:03}").touch()
    b.put(tmp_path / "zz" / "1")
    found = complete(f"{tmp_path}/", TF)
    assert len(found) == 50 and found[0].text == f"{tmp_path}/zz/"


def test_a_tree(place: Path) -> None:
    assert tree(place / "half") == [
        "half/",
        "├── 1/",
        "│   └── saved_model.pb",
        "└── 2/",
        "    └── saved_model.pb",
    ]
    assert tree(place / "notes.txt") == ["notes.txt"] and tree(place / "none") == ["none"]


def test_a_tree_is_bounded_tame_and_follows_no_links(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "evil\x1b[31m\n").touch()
    for i in range(50):
        (tmp_path / f"f{i:02}").touch()
    lines = tree(tmp_path, limit=10)
    assert len(lines) == 10 and lines[-1] == "…" and all(line.isprintable() for line in lines)
    assert any("loop → " in line for line in tree(tmp_path, limit=100))
    assert len(tree(tmp_path, limit=100)) == 53
