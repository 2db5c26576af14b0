"""The report that a trial leaves beside the answers: what it says, and that no other file is lost for it."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.trial.conftest import answers_file
from wizard import registry
from wizard.cli import main
from wizard.errors import WizardError
from wizard.machine import door, left_report
from wizard.trial.report import Report
from wizard.trial.written_report import Tried, as_junit, as_markdown

Run = Callable[..., tuple[int, str, str]]
PAGE = '[cors.inference]\norigins = ["https://app.example"]\nheaders = ["content-type", "authorization"]\n'
TOKEN = '[auth]\ninference = "gateway-token"\n'
NATIVE = '[run]\nhow = "native"\n'


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the program: exit code, standard output, standard error."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main.main(list(arguments))
        return (code, *capsys.readouterr())

    return run


@pytest.fixture
def written(tmp_path: Path, run: Run) -> Path:
    """A folder with written files: TensorFlow Serving without Docker, a page and a token."""
    folder = tmp_path / "deploy"
    file = answers_file(tmp_path, "tensorflow-serving", NATIVE + PAGE + TOKEN)
    assert run("generate", str(file), "--out", str(folder))[0] == 0
    return folder


def reports(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text() for name in left_report.NAMES if (folder / name).exists()}


@pytest.mark.nginx
def test_a_trial_of_written_files_leaves_its_report_beside_them(written: Path, run: Run) -> None:
    code, said, told = run("try", str(written), "--format", "json")
    assert code == 0
    assert f"The report is in {written / 'trial-report.md'}." in told
    found = reports(written)
    assert list(found) == ["trial-report.md", "trial-report.json"]
    assert found["trial-report.json"] == said
    data = json.loads(said)
    text = found["trial-report.md"]
    count = data["summary"]["agree"]
    assert f"All {count} probes found what was predicted. An emulation ran, not the real server.\n" in text
    assert f"| Server | {registry.title(data['server'])} {data['version']} |" in text
    assert "| Answers | wizard.toml |" in text
    assert text.count(" | yes |") == count
    assert "not what was tried" not in text
    assert "## The end of the log\n" in text

    token = (written / "secrets" / "inference.token").read_text().strip()
    assert token
    assert token not in "".join(found.values())

    assert run("check", str(written))[:2] == (0, "4 files read, nothing to say.\n")
    listed = json.loads(run("generate", str(written), "--out", str(written), "--format", "json")[1])["files"]
    assert {file["action"] for file in listed} == {"unchanged"}
    assert reports(written) == found


@pytest.mark.nginx
def test_a_report_goes_to_the_backup_when_the_files_become_others(written: Path, run: Run) -> None:
    run("try", str(written), "--format", "junit")
    found = reports(written)
    assert list(found) == list(left_report.NAMES)
    change = ("--set", "cors.inference.max_age=10", "--on-conflict")
    _, said, _ = run("generate", str(written), "--out", str(written), *change, "backup", "--dry-run")
    assert "remove    trial-report.md" in said
    run("generate", str(written), "--out", str(written), *change, "backup")
    assert reports(written) == {}
    (backup,) = (written / ".serving-wizard-backup").glob("*-*")
    assert reports(backup) == found


@pytest.mark.nginx
def test_what_the_command_line_changed_is_said_in_the_report(written: Path, run: Run) -> None:
    run("try", str(written), "--set", "cors.inference.max_age=10")
    text = reports(written)["trial-report.md"]
    assert "| Changed for this trial | --set cors.inference.max_age |" in text
    assert "| Files here that are not what was tried | wizard.toml, gateway/nginx.conf |" in text


@pytest.mark.nginx
def test_junit_has_a_case_for_the_start_and_for_every_probe(tmp_path: Path, run: Run) -> None:
    file = answers_file(tmp_path, "tensorflow-serving", NATIVE)
    code, said, _ = run("try", str(file), "--format", "junit")
    assert code == 0
    assert (tmp_path / "trial-report.xml").read_text() == said
    data = json.loads((tmp_path / "trial-report.json").read_text())
    (suite,) = ElementTree.fromstring(said)
    assert len(suite.findall("testcase")) == len(data["probes"]) + 1 == int(suite.attrib["tests"])
    assert suite.findall(".//failure") == []
    assert run("try", str(file))[0] == 0
    assert not (tmp_path / "trial-report.xml").exists(), "it would be the report of another trial"


@pytest.mark.nginx
def test_a_server_that_does_not_start_leaves_a_report_that_says_so(tmp_path: Path, run: Run) -> None:
    file = answers_file(tmp_path, "tensorflow-serving", NATIVE)
    code, said, _ = run("try", str(file), "--format", "junit", "--timeout", "0.01")
    assert code == 3
    assert len(ElementTree.fromstring(said).findall(".//failure")) == 1
    text = reports(tmp_path)["trial-report.md"]
    assert "It did not start, so nothing was measured." in text
    assert "## Why it did not start\n" in text


@pytest.mark.nginx
def test_a_file_of_that_name_that_is_somebody_elses_is_kept(tmp_path: Path, run: Run) -> None:
    file = answers_file(tmp_path, "tensorflow-serving", NATIVE)
    (tmp_path / "trial-report.json").write_text("mine")
    _, _, told = run("try", str(file))
    assert f"it is kept as {tmp_path / 'trial-report.json.orig'}." in told
    assert (tmp_path / "trial-report.json.orig").read_text() == "mine"
    text = tmp_path / "trial-report.md"
    text.write_text(f"My notes\n\n{text.read_text()}")
    notes = text.read_text()
    run("try", str(file))
    assert (tmp_path / "trial-report.md.orig").read_text() == notes
    assert sorted(path.name for path in tmp_path.glob("*.orig*")) == ["trial-report.json.orig", "trial-report.md.orig"]


@pytest.mark.nginx
def test_a_folder_that_takes_no_report_is_a_sentence_and_the_trial_counts(written: Path) -> None:
    read_only = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    command = (sys.executable, "-m", "wizard", "try", str(written))
    apart = ("unshare", "--mount", "sh", "-c", read_only, str(written))
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("needs a mount namespace")
    done = subprocess.run([*apart, *command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert f"No report was left: {written}: Read-only file system." in done.stderr
    assert "probes as predicted" in done.stdout
    assert reports(written) == {}


@pytest.mark.nginx
def test_a_link_of_that_name_is_not_followed(tmp_path: Path, run: Run) -> None:
    file = answers_file(tmp_path, "tensorflow-serving", NATIVE)
    (tmp_path / "victim").write_text("whole")
    (tmp_path / "trial-report.md").symlink_to("victim")
    code, _, told = run("try", str(file))
    assert code == 0
    assert "No report was left: trial-report.md is a symbolic link" in told
    assert (tmp_path / "victim").read_text() == "whole"
    assert not (tmp_path / "trial-report.json").exists()


def _folder(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


@pytest.mark.parametrize("make", [_folder, _socket, os.mkfifo])
@pytest.mark.parametrize("name", [left_report.TEXT, left_report.DATA])
def test_what_is_no_file_stays_and_is_said_and_generate_goes_on(
    make: Callable[[Path], None], name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    make(Path(name))
    with pytest.raises(WizardError, match=f"{name} is (a folder|a pipe, a socket or a device)"):
        left_report.leave(tmp_path, {left_report.TEXT: "x\n", left_report.DATA: "{}\n"})
    assert [path.name for path in tmp_path.iterdir()] == [name]
    with door.opened(tmp_path) as folder:
        assert left_report.ours(folder) == ()


def test_a_mark_speaks_of_reports_only(tmp_path: Path) -> None:
    """Anybody may have written it, and named other files, with the mark of an empty text."""
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "nothing").touch()
    empty = hashlib.sha256(b"").hexdigest()
    names = ("precious", "nothing", "trial-report.xml", ".", "..")
    text = f"<!-- serving-wizard try, SHA-256: {' '.join(f'{name} {empty}' for name in names)} -->\n"
    (tmp_path / left_report.TEXT).write_text(text)
    with door.opened(tmp_path) as folder:
        assert left_report.ours(folder) == ()
    left_report.leave(tmp_path, {left_report.TEXT: "x\n"})
    assert (tmp_path / "precious").read_text() == "mine" and (tmp_path / "nothing").exists()
    assert (tmp_path / f"{left_report.TEXT}.orig").read_text() == text


def test_what_fails_leaves_neither_a_copy_nor_a_gap(tmp_path: Path) -> None:
    """Somebody's own file is copied before the next one turns out to be no file; an earlier report of ours stays."""
    left_report.leave(tmp_path, dict.fromkeys(left_report.NAMES, "1\n"))
    (tmp_path / left_report.DATA).unlink()
    (tmp_path / left_report.DATA).mkdir()
    (tmp_path / left_report.TEXT).write_text("mine")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(WizardError):
        left_report.leave(tmp_path, {left_report.TEXT: "2\n", left_report.DATA: "2\n"})
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_nothing_in_a_report_is_taken_for_a_command_or_a_setting(tmp_path: Path, run: Run) -> None:
    said = (
        "$ docker run -p 8501:8501 -e MODEL_NAME=m tensorflow/serving:2.19.1 --bind_all_interfaces",
        "```",
        "torchserve --start --foo",
        "cors.allowed.origin=https://app.example",
    )
    report = Report("torchserve", "0.12.0", "", False, None, (), said, problem="\n".join(("It ended", *said)))
    (tmp_path / "trial-report.md").write_text(as_markdown(report, Tried("wizard.toml", (), ()), datetime.now(UTC)))
    (tmp_path / "trial-report.json").write_text(json.dumps(report.as_json()))
    (tmp_path / "trial-report.xml").write_text(as_junit(report))
    code, found, _ = run("check", str(tmp_path), "--format", "json")
    assert (code, [file for file in json.loads(found)["files"] if file["findings"]]) == (0, [])
