"""`check` in a folder that the wizard wrote says what is no longer what the answers give."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.checking import check
from tests.support.commands import command
from wizard.check.findings import words
from wizard.machine import checkfiles, project, promised
from wizard.plan import apply_patch
from wizard.servers.sample import sample_path, sample_plan


@pytest.fixture
def written(tmp_path: Path) -> Path:
    made = project.prepare(sample_plan("torchserve"), tmp_path, tmp_path)
    project.write(made, "fail")
    return tmp_path


def said(folder: Path) -> set[tuple[str, str, int | None]]:
    reports = check(checkfiles.named([str(folder)]), checkfiles.load, promised.expected)
    return {
        (str(Path(report.source.path).relative_to(folder)), line.id, line.line)
        for report in reports
        for line in words(report)
        if line.id.startswith("CHECK-DRIFT")
    }


def test_nothing_is_said_of_what_was_just_written(written: Path) -> None:
    assert said(written) == set()


def test_every_change_by_hand_is_found_on_its_line(written: Path) -> None:
    changed = {}
    for path in ("config.properties", "compose.yaml", "run.sh", "EXPOSURE.md"):
        rows = (written / path).read_text().split("\n")
        row = len(rows) // 2
        rows.insert(row, "# by hand")
        (written / path).write_text("\n".join(rows))
        changed[path] = row + 1
    assert said(written) == {(path, "CHECK-DRIFT", line) for path, line in changed.items()}


def test_a_file_that_is_gone_is_missed(written: Path) -> None:
    (written / "run.sh").unlink()
    assert said(written) == {("run.sh", "CHECK-DRIFT-GONE", None)}


def test_changed_answers_are_said_as_well(written: Path) -> None:
    answers = written / "wizard.toml"
    answers.write_text(answers.read_text().replace("port = 8080", "port = 8099"))
    assert {path for path, _, _ in said(written)} >= {"compose.yaml", "run.sh"}


def test_a_model_that_is_elsewhere_now_is_no_change_of_the_files(tmp_path: Path) -> None:
    shutil.copy(sample_path("torchserve"), tmp_path / "echo.mar")
    plan = apply_patch(sample_plan("torchserve"), {"models": [{"name": "echo", "path": str(tmp_path / "echo.mar")}]})
    project.write(project.prepare(plan, tmp_path, tmp_path / "out"), "fail")
    (tmp_path / "echo.mar").rename(tmp_path / "moved.mar")
    assert said(tmp_path / "out") == set()
    (tmp_path / "out" / "run.sh").unlink()
    assert said(tmp_path / "out") == {("run.sh", "CHECK-DRIFT-GONE", None)}


@pytest.mark.parametrize("wrong", ["bogus = 1", "nonsense = ["])
def test_answers_that_cannot_be_used_leave_it_unknown_and_say_where(written: Path, wrong: str) -> None:
    answers = written / "wizard.toml"
    answers.write_text(f"schema = 1\n{wrong}\n")
    ((path, rule, line),) = said(written)
    assert (path, rule) == ("wizard.toml", "CHECK-DRIFT-UNKNOWN") and line in (2, 3)


def test_the_command_says_it_of_one_file_too(written: Path) -> None:
    (written / "EXPOSURE.md").write_text("mine\n")
    done = command("check", "EXPOSURE.md", "--fail-on", "low", cwd=written)
    assert done.returncode == 1
    assert "CHECK-DRIFT" in done.stdout


def test_a_folder_without_answers_expects_nothing(tmp_path: Path) -> None:
    assert promised.expected(str(tmp_path)) is None


def test_answers_from_which_nothing_was_written_promise_no_files(written: Path) -> None:
    """Those above a written folder, those that `import` put beside somebody's own compose.yaml."""
    above = written / "project"
    shutil.copytree(written, above / "out")
    shutil.copy(written / "wizard.toml", above / "wizard.toml")
    (above / "compose.yaml").write_text("services: {}\n")
    for checked in (above, above / "out", above / "wizard.toml"):
        assert said(checked) == set(), checked


@pytest.mark.parametrize(
    "lost", [("EXPOSURE.md",), (".serving-wizard-backup/set.json",), ("EXPOSURE.md", ".serving-wizard-backup/set.json")]
)
def test_each_trace_of_writing_counts(written: Path, lost: tuple[str, ...]) -> None:
    for path in (*lost, "run.sh"):
        (written / path).unlink()
    assert ("run.sh", "CHECK-DRIFT-GONE", None) in said(written)


def test_a_byte_order_mark_that_was_written_is_no_change(tmp_path: Path) -> None:
    """PowerShell 5 needs one in a script with more than ASCII in it."""
    sample = sample_plan("llama-server")
    model = tmp_path / "modèle.gguf"
    shutil.copy(sample.models[0].path, model)
    plan = apply_patch(sample, (("models.0.path", str(model)),))
    project.write(project.prepare(plan, tmp_path, tmp_path / "out"), "fail")
    assert (tmp_path / "out/run.ps1").read_bytes().startswith(b"\xef\xbb\xbf")
    assert said(tmp_path / "out") == set()
