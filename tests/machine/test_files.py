from __future__ import annotations

import stat
from pathlib import Path

import pytest

from wizard.errors import ExitCode, WizardError
from wizard.machine import files
from wizard.servers.contract import Block, ConfigFile


def file(path: str, text: str = "x\n", **more: bool) -> ConfigFile:
    return ConfigFile(path, (Block(text),), **more)


def test_everything_is_written_with_the_right_modes(tmp_path: Path) -> None:
    made = [file("a"), file("d/b.sh", executable=True), file("d/s", secret=True)]
    result = files.write_set(made, tmp_path / "out")
    assert [w.action for w in result.files] == ["create"] * 3
    modes = [stat.S_IMODE((tmp_path / "out" / f.path).stat().st_mode) for f in made]
    assert modes == [0o644, 0o755, 0o600]
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_second_time_nothing_changes(tmp_path: Path) -> None:
    files.write_set([file("a")], tmp_path)
    result = files.write_set([file("a")], tmp_path, "fail")
    assert result.files[0].action == "unchanged" and result.backup is None


def test_what_was_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("mine")
    result = files.write_set([file("a"), file("b")], tmp_path)
    assert result.backup is not None
    assert (result.backup / "a").read_text() == "mine"
    assert (tmp_path / "a").read_text() == "x\n"


def test_conflicts_can_be_refused_and_then_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    with pytest.raises(WizardError) as caught:
        files.write_set([file("a"), file("b")], tmp_path, "fail")
    assert caught.value.exit_code == ExitCode.INVALID
    assert not (tmp_path / "a").exists() and (tmp_path / "b").read_text() == "mine"


def test_a_failure_half_way_leaves_everything_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a").write_text("mine")
    original = Path.replace

    def broken(self: Path, target: Path) -> Path:
        if Path(target).name == "b":
            raise OSError(28, "No space left on device")
        return original(self, target)

    monkeypatch.setattr(Path, "replace", broken)
    with pytest.raises(WizardError, match="No space left") as caught:
        files.write_set([file("a"), file("b")], tmp_path)
    assert caught.value.exit_code == ExitCode.ENVIRONMENT
    assert (tmp_path / "a").read_text() == "mine"
    assert not (tmp_path / "b").exists() and not list(tmp_path.glob(".*.tmp"))


def test_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    target = tmp_path / "out"
    target.mkdir()
    (target / "d").symlink_to(outside)
    with pytest.raises(WizardError, match="leads out"):
        files.write_set([file("d/x")], target)
    assert not list(outside.iterdir())


def test_paths_cannot_climb_out(tmp_path: Path) -> None:
    with pytest.raises(WizardError, match="leads out"):
        files.write_set([file("../x")], tmp_path / "out")
