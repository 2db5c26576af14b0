"""A folder is searched as far as configuration reaches, and no further."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wizard.check import file_names
from wizard.errors import WizardError
from wizard.machine import checkfiles

TEXT = "inference_address=http://0.0.0.0:8080\n"


def found(folder: Path) -> list[str]:
    return [os.path.relpath(source.path, folder) for source in checkfiles.named([str(folder)])]


def test_files_stand_before_those_of_the_folders_beside_them(tmp_path: Path) -> None:
    for name in ("b/z.conf", "a/y.conf", "a/c/x.conf", "w.conf", ".git/v.conf", "a/picture.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(TEXT)
    (tmp_path / "a" / "loop").symlink_to(tmp_path)
    assert found(tmp_path) == ["w.conf", "a/y.conf", "a/c/x.conf", "b/z.conf"]


def test_what_is_recognised_by_its_name_is_found_in_a_folder(tmp_path: Path) -> None:
    names = [f"a{suffix}" for suffix in (*file_names.SCRIPTS, *file_names.YAML, *file_names.README)]
    names += ["Dockerfile.gpu", "x.dockerfile", "Makefile", "GNUmakefile", "x.mk", "nginx.conf.template", "serve.py"]
    for name in names:
        (tmp_path / name).write_text("import subprocess\n")
    (tmp_path / "starts_nothing.py").write_text("import json\n")
    assert found(tmp_path) == sorted(names)


def test_a_folder_of_too_many_entries_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkfiles, "MAX_ENTRIES", 20)
    for number in range(20):
        (tmp_path / f"{number}.png").touch()
    assert found(tmp_path) == []
    (tmp_path / "one more.conf").write_text(TEXT)
    with pytest.raises(WizardError, match="more than 20 files and folders"):
        found(tmp_path)


def test_a_folder_of_too_much_text_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkfiles, "MAX_ALL", 2 * len(TEXT))
    for number in range(2):
        (tmp_path / f"{number}.conf").write_text(TEXT)
    assert len(found(tmp_path)) == 2
    (tmp_path / "one more.conf").write_text(TEXT)
    with pytest.raises(WizardError, match="its files have more than"):
        found(tmp_path)


def test_folders_within_folders_without_end_are_told(tmp_path: Path) -> None:
    """Deeper than Python calls functions within functions."""
    made, place = 0, os.open(tmp_path, os.O_RDONLY)
    while made < 1500:
        os.mkdir("d", dir_fd=place)
        inner = os.open("d", os.O_RDONLY, dir_fd=place)
        os.close(place)
        place, made = inner, made + 1
    os.close(place)
    try:
        with pytest.raises(WizardError, match="deep"):
            found(tmp_path)
    finally:
        os.system(f"rm -rf '{tmp_path}/d'")  # pytest's own removal gives up on it
