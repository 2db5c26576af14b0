"""Paths as people type and paste them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import model_builders as b
from tests.support.examples import most
from wizard.machine.inspection import inspect

TF = "tensorflow-serving"


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return b.put(tmp_path / "half plus" / "1").parent


def test_an_unknown_server_is_a_programming_error(base: Path) -> None:
    with pytest.raises(KeyError):
        inspect(base, "triton")


def test_a_relative_path(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(base.parent)
    report = inspect("half plus", TF)
    assert report.path == base and report.usable and b.problem(report, "path-relative").severity == "info"
    assert inspect("./half plus/../half plus", TF).path == base


def test_a_tilde(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(base.parent))
    report = inspect("~/half plus", TF)
    fix = b.problem(report, "path-tilde").fix
    assert report.kind == "savedmodel-base" and not report.usable and fix and fix.path == base
    assert inspect("~nobody-of-that-name/x", TF).kind == "missing"


@pytest.mark.parametrize("spelled", ["'{}'", '"{}"', " {} ", "{}\n", "“{}”", "file://{}"])
def test_quotes_blanks_and_file_addresses(base: Path, spelled: str) -> None:
    report = inspect(spelled.format(base), TF)
    assert b.ids(report) & {"path-quoted", "path-url"} and report.kind == "savedmodel-base"
    assert report.fixes[0].path == base and inspect(report.fixes[0].path, TF).usable


@pytest.mark.parametrize("path", [r"C:\models\half", "C:/models/half", r"\\server\share\m", r"models\half"])
def test_windows_paths(path: str) -> None:
    report = inspect(path, TF)
    assert report.kind == "missing" and b.problem(report, "path-windows").severity == "functional"


def test_backslashes_that_make_sense_with_slashes(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(base.parent.parent)
    fix = b.problem(inspect(rf"{base.parent.name}\half plus", TF), "path-windows").fix
    assert fix and fix.path == base


def test_a_real_name_with_a_backslash_or_a_tilde_is_left_alone(tmp_path: Path) -> None:
    for name in (r"a\b", "~x", " y "):
        assert inspect(str(b.put(tmp_path / name / "1").parent), TF).problems == ()


@pytest.mark.parametrize("path", ["gs://bucket/m", "s3://b/m", "https://x.example/m.mar", "hdfs://h/m"])
def test_remote_places(path: str) -> None:
    report = inspect(path, TF)
    assert report.kind == "missing" and b.problem(report, "path-remote").severity == "functional"
    assert b.problem(inspect(Path(path), TF), "path-remote")


def test_a_missing_path_names_what_is_there_and_what_may_be_meant(base: Path) -> None:
    for typo in ("half_plus", "Half Plus", "half pluss"):
        found = b.problem(inspect(base.parent / typo, TF), "path-missing")
        assert found.fix and found.fix.path == base and str(base.parent) in found.message
    deeper = b.problem(inspect(base.parent / "half plu" / "1", TF), "path-missing")
    assert deeper.fix and deeper.fix.path == base / "1"
    assert b.problem(inspect(base / "zzz" / "y", TF), "path-missing").fix is None
    assert b.problem(inspect(base / "1" / "saved_model.pb" / "x", TF), "path-missing")


def test_hopeless_paths(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    assert b.problem(inspect(tmp_path / "loop", TF), "link-loop")
    assert b.problem(inspect("a\0b", TF), "path-invalid")
    assert b.problem(inspect("/x" * 3_000, TF), "path-invalid")
    assert b.problem(inspect("y" * 300, TF), "path-invalid")
    assert b.problem(inspect("", TF), "path-invalid")
    assert b.problem(inspect("/dev/null", TF), "not-a-file")


@settings(max_examples=most(200), deadline=None)
@given(text=st.text(max_size=40), server=st.sampled_from([TF, "torchserve"]))
def test_any_text_gives_a_report_that_a_terminal_can_show(text: str, server: str) -> None:
    report = inspect("/no/such/place/" + text, server)
    for problem in report.problems:
        for words in (problem.message, problem.why, problem.instead, problem.fix.label if problem.fix else ""):
            assert words.isprintable()


@settings(max_examples=most(100), deadline=None)
@given(text=st.text(min_size=1, max_size=20).filter(lambda t: "/" not in t and t not in (".", "..")))
def test_hostile_names_of_models_and_neighbours_are_shown_tamely(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    root = tmp_path_factory.mktemp("n")
    try:
        b.put(root / text / "1")
        b.put(root / "1" / text)
    except (OSError, ValueError):  # no name on this file system
        return
    for path in (root, root / text, root / text / "1"):
        for server in (TF, "torchserve"):
            for problem in inspect(path, server).problems:
                assert (problem.message + problem.why + problem.instead).isprintable()


def test_looking_at_models_needs_nothing_heavy() -> None:
    code = (
        "import sys, wizard.machine.inspection, wizard.machine.glance, wizard.models.paths;"
        "heavy = {'textual', 'docker', 'google.protobuf', 'tarfile'} & set(sys.modules);"
        "sys.exit(','.join(heavy) or 0)"
    )
    environment = {**os.environ, "PYTHONPATH": str(b.ROOT / "src")}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_folder_with_several_files_that_are_each_a_model_is_an_error(tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / name).write_bytes(b"GGUF")
    assert b.problem(inspect(tmp_path, "llama-server"), "gguf-folder").severity == "functional"


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file whose reading fails for root, too")
def test_a_file_whose_reading_fails_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "m.gguf").symlink_to("/proc/self/mem")
    assert b.problem(inspect(tmp_path / "m.gguf", "llama-server"), "gguf-unreadable").severity == "functional"
