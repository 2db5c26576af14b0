"""What a searched folder holds and this user may not read is said: silence would look like a clean result."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wizard.cli.main import main


@contextmanager
def somebody_without_rights() -> Iterator[None]:
    """Root may read everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(before)


@pytest.fixture
def shared() -> Iterator[Path]:
    """A folder that every user can come to."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def test_files_and_folders_that_may_not_be_read_are_named(shared: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shared / "config.properties").write_text("model_store=/models\ncors_allowed_origin=*\n")
    (shared / "gone.properties").symlink_to("nowhere")
    (shared / "closed").mkdir(0o700)
    main(["check", str(shared)])
    assert "Not read" not in capsys.readouterr().err
    (shared / "config.properties").chmod(0o600)
    with somebody_without_rights():
        if os.geteuid() != 65534:
            (shared / "config.properties").chmod(0)
            (shared / "closed").chmod(0)
        main(["check", str(shared)])
    said = capsys.readouterr().err
    (shared / "closed").chmod(0o700)
    assert f"Not read, because this user may not: {shared}/config.properties, {shared}/closed." in said


@pytest.mark.parametrize("words", [["check"], ["fix"], ["import"], ["inspect"], ["reach"], ["generate"]], ids=" ".join)
def test_a_path_that_may_not_be_entered_is_the_path_s_matter(
    words: list[str], shared: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(shared)  # what is written goes there
    closed = shared / "closed"
    closed.mkdir(0o700)
    (closed / "wizard.toml").write_text("schema = 1\n")
    main([*words, str(closed / "wizard.toml")])
    capsys.readouterr()
    with somebody_without_rights():
        if os.geteuid() != 65534:
            closed.chmod(0)
        assert main([*words, str(closed / "wizard.toml")]) == 3
    closed.chmod(0o700)
    said = capsys.readouterr().err
    assert "Permission denied" in said and "this user may not" in said and "disk" not in said
