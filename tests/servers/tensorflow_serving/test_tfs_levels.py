"""Where a SavedModel lies: the right level, one too high, one too low, and names that are no version numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support import model_builders as b
from wizard.machine.inspection import inspect
from wizard.models.report import ModelReport, PathFix
from wizard.servers.tensorflow_serving.models.savedmodel import GRAPH_FILES

TF = "tensorflow-serving"


def fixed(fix: PathFix) -> ModelReport:
    """What the path is worth after the one key was pressed; a staged folder is linked where Docker would mount it."""
    if fix.kind == "stage":
        base = fix.path.parent / "staged"
        base.mkdir()
        (base / str(fix.version)).symlink_to(fix.path)
        return inspect(base, TF)
    return inspect(fix.path, fix.server or TF)


def _at_version(root: Path) -> Path:
    return b.put(root / "m" / "3")


def _below_version(root: Path) -> Path:
    (b.put(root / "m" / "3") / "variables").mkdir()
    return root / "m" / "3" / "variables"


def _the_file(root: Path) -> Path:
    return b.put(root / "m" / "3") / "saved_model.pb"


def _a_weights_file(root: Path) -> Path:
    (_below_version(root) / "variables.index").touch()
    (root / "m" / "3" / "variables" / "variables.data-00000-of-00001").touch()
    return root / "m" / "3" / "variables" / "variables.index"


def _parent(root: Path) -> Path:
    b.put(root / "m" / "3")
    return root


def _grandparent(root: Path) -> Path:
    b.put(root / "models" / "m" / "3")
    return root


def _unnumbered(root: Path) -> Path:
    return b.put(root / "m")


def _parent_of_unnumbered(root: Path) -> Path:
    b.put(root / "m" / "export")
    return root / "m"


def _v_names(root: Path) -> Path:
    b.put(root / "m" / "v1")
    b.put(root / "m" / "v2")
    return root / "m"


def _dotted(root: Path) -> Path:
    b.put(root / "m" / "1.0")
    return root / "m"


def _nested(root: Path) -> Path:
    b.put(root / "m" / "1" / "export")
    return root / "m"


@pytest.mark.parametrize(
    ("make", "kind", "id_", "fix", "target"),
    [
        (_at_version, "savedmodel-version", "at-version-level", "use", "m"),
        (_below_version, "unknown", "below-version", "use", "m"),
        (_the_file, "file", "below-version", "use", "m"),
        (_a_weights_file, "file", "below-version", "use", "m"),
        (_parent, "savedmodel-parent-of-base", "one-level-too-high", "use", "m"),
        (_grandparent, "savedmodel-parent-of-base", "one-level-too-high", "use", "models/m"),
        (_unnumbered, "savedmodel-version", "no-version-folder", "stage", "m"),
        (_parent_of_unnumbered, "savedmodel-parent-of-base", "one-level-too-high", "stage", "m/export"),
        (_v_names, "savedmodel-base", "version-name", "stage", "m/v2"),
        (_dotted, "savedmodel-base", "version-name", "stage", "m/1.0"),
        (_nested, "savedmodel-parent-of-base", "one-level-too-high", "stage", "m/1/export"),
    ],
)
def test_a_wrong_level_is_told_and_one_key_mends_it(
    tmp_path: Path, make: Callable[[Path], Path], kind: str, id_: str, fix: str, target: str
) -> None:
    report = inspect(make(tmp_path), TF)
    assert report.kind == kind and not report.usable
    found = b.problem(report, id_)
    assert found.severity == "functional" and found.why and found.instead and found.fix
    assert (found.fix.kind, found.fix.path) == (fix, tmp_path / target)
    if fix == "stage":
        assert GRAPH_FILES & {p.name for p in found.fix.path.iterdir()}
    after = fixed(found.fix)
    assert after.kind == "savedmodel-base" and after.usable, after.problems


def test_the_staged_version_keeps_the_number_that_was_meant(tmp_path: Path) -> None:
    fix = b.problem(inspect(_v_names(tmp_path), TF), "version-name").fix
    assert fix and fix.version == 2
    zero = b.put(tmp_path / "z" / "v0").parent
    fix = b.problem(inspect(zero, TF), "version-name").fix
    assert fix and fix.version == 1


def test_several_models_are_listed_and_not_chosen_for_anybody(tmp_path: Path) -> None:
    b.put(tmp_path / "a" / "1")
    b.put(tmp_path / "a" / "2")
    b.put(tmp_path / "c" / "1")
    b.put(tmp_path / "plain")
    report = inspect(tmp_path, TF)
    assert report.kind == "savedmodel-parents" and b.problem(report, "several-models").fix is None
    assert set(report.candidates) == {tmp_path / "a", tmp_path / "c", tmp_path / "plain"}


def test_the_highest_number_is_served_and_its_faults_are_errors(tmp_path: Path) -> None:
    base = tmp_path / "m"
    b.put(base / "9", b"junk")
    b.put(base / "10")
    older = inspect(base, TF)
    assert older.served and older.served.number == 10 and older.usable
    assert b.problem(older, "savedmodel-unreadable").severity == "medium"
    b.put(base / "11", b"junk")
    assert not inspect(base, TF).usable


def test_a_file_where_a_version_should_be(tmp_path: Path) -> None:
    base = b.put(tmp_path / "m" / "1").parent
    (base / "5").write_text("x")
    report = inspect(base, TF)
    assert b.problem(report, "version-is-a-file").severity == "functional"
    assert report.served and report.served.number == 5
    (base / "5").rename(base / "0")
    assert b.problem(inspect(base, TF), "version-is-a-file").severity == "medium"


def test_a_version_without_a_model(tmp_path: Path) -> None:
    base = b.put(tmp_path / "m" / "1").parent
    b.put(base / "2" / "inner")
    found = b.problem(inspect(base, TF), "version-without-model")
    assert found.severity == "functional" and "inner" in found.message
    assert found.fix == PathFix("stage", "Serve inner as version 2", base / "2" / "inner", version=2)


def test_one_and_001_are_the_same_version_and_the_later_name_wins(tmp_path: Path) -> None:
    base = b.put(tmp_path / "m" / "001").parent
    b.put(base / "1")
    report = inspect(base, TF)
    assert [v.directory.name for v in b.versions(report)] == ["1"]
    assert '"1" is served' in b.problem(report, "version-twice").message


def test_ignored_version_names_and_a_stray_model_are_told(tmp_path: Path) -> None:
    base = b.put(tmp_path / "m" / "1").parent
    b.put(base / "v2")
    b.put(base)
    report = inspect(base, TF)
    assert report.kind == "savedmodel-base" and report.usable
    assert "v2" in b.problem(report, "version-name").message
    assert b.problem(report, "stray-model").severity == "info"


def test_a_negative_version(tmp_path: Path) -> None:
    report = inspect(b.put(tmp_path / "m" / "-1").parent, TF)
    assert b.versions(report)[0].number == -1 and b.problem(report, "version-negative").severity == "medium"


def test_many_versions_are_listed_but_only_the_newest_are_read(tmp_path: Path) -> None:
    for number in range(40):
        b.put(tmp_path / "m" / str(number))
    report = inspect(tmp_path / "m", TF)
    assert [v.number for v in b.versions(report)] == list(range(40))
    assert sum(not v.unread for v in b.versions(report)) == 20 and not b.versions(report)[39].unread


def test_a_link_out_of_the_folder_is_told(tmp_path: Path) -> None:
    real = b.put(tmp_path / "elsewhere" / "7")
    base = tmp_path / "m"
    base.mkdir()
    (base / "1").symlink_to(real)
    assert str(real) in b.problem(inspect(base, TF), "link-leaves-folder").message
    (base / "1").unlink()
    b.put(base / "real")
    (base / "1").symlink_to("real")
    assert "link-leaves-folder" not in b.ids(inspect(base, TF))


def test_links_in_a_loop(tmp_path: Path) -> None:
    base = b.put(tmp_path / "m" / "1").parent
    (base / "2").symlink_to("2")
    (base / "again").symlink_to(base)
    report = inspect(base, TF)
    assert b.problem(report, "version-is-a-file").message.count("leads nowhere")
    deep = tmp_path / "deep"
    deep.mkdir()
    (deep / "loop").symlink_to(deep)
    assert inspect(deep, TF).kind == "unknown"


def test_empty_and_pointless_folders(tmp_path: Path) -> None:
    for server in (TF, "torchserve"):
        (tmp_path / server).mkdir()
        assert inspect(tmp_path / server, server).kind == "empty"
        (tmp_path / server / "notes.txt").touch()
        report = inspect(tmp_path / server, server)
        assert report.kind == "unknown" and b.problem(report, "no-model").severity == "functional"


def test_the_search_for_models_stops_in_a_huge_tree(tmp_path: Path) -> None:
    for i in range(40):
        for k in range(12):
            (tmp_path / f"d{i}" / f"e{k}").mkdir(parents=True)
    assert inspect(tmp_path, TF).kind == "unknown"


def test_hidden_folders_are_left_alone(tmp_path: Path) -> None:
    b.put(tmp_path / ".cache" / "m" / "1")
    assert inspect(tmp_path, TF).kind == "unknown"


def test_a_closed_model_is_told_by_its_mode_even_to_root(tmp_path: Path) -> None:
    base = b.put(tmp_path / "m" / "1").parent
    assert "not-readable-by-server" not in b.ids(inspect(base, TF, uid=4242))
    (base / "1" / "saved_model.pb").chmod(0o600)
    found = b.problem(inspect(base, TF, uid=4242), "not-readable-by-server")
    assert found.severity == "medium" and "4242" in found.why and "chmod -R a+rX" in found.instead
    (base / "1" / "saved_model.pb").chmod(0o644)
    (base / "1").chmod(0o700)
    assert "not-readable-by-server" in b.ids(inspect(base, TF, uid=4242))
    (base / "1").chmod(0o755)
