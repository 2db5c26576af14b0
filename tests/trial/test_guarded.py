"""What a killed trial left is found again, whatever moment it was killed at, and a record stays until it is gone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.waiting import until
from tests.trial.conftest import Started, answers_file, down, try_arguments
from wizard.trial import marks, processes, records, sweep

SERVER = "tensorflow-serving"
NATIVE = '[run]\nhow = "native"\n'


def temporary(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "temporary").iterdir())


KILLED = """
import os, signal, sys
from wizard.trial import records
from wizard.cli.main import main

def dies(*given, **named):
    os.kill(os.getpid(), signal.SIGKILL)

PATCH
main(sys.argv[1:])
"""
MOMENTS = {
    "before the folder": "records.make_folder = dies",
    "with an empty folder": "records.make_folder = lambda mark: (mark.folder.mkdir(), dies())",
    "with a process that is not on record": "write = records.write\n"
    "records.write = lambda mark, **more: dies() if 'group' in more else write(mark, **more)",
    "with a process that is on record but does not run": "import wizard.trial.native_backend as b\n"
    "write = os.write\nos.write = lambda to, data: dies() if data == b'go\\n' else write(to, data)",
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_trial_killed_between_two_steps_leaves_nothing_that_down_does_not_find(
    tmp_path: Path, own_state: Path, moment: str
) -> None:
    (tmp_path / "temporary").mkdir()
    path = answers_file(tmp_path, SERVER, NATIVE)
    environment = {**os.environ, "TMPDIR": str(tmp_path / "temporary")}
    program = KILLED.replace("PATCH", MOMENTS[moment])
    command = [sys.executable, "-c", program, *try_arguments(path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == -signal.SIGKILL, done
    (record,) = records.every()
    until(lambda: not processes.of(record.id), "the end of a shell that never was let go")
    assert not (tmp_path / "temporary" / Path(record.folder).name / "run" / "relay").exists()
    assert down(tmp_path).returncode == 0
    assert temporary(tmp_path) == list(own_state.iterdir()) == []


def test_a_trials_folder_is_found_from_a_session_with_another_temporary_folder(
    started: Started, tmp_path: Path, own_state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    process = started(SERVER, NATIVE)
    until(lambda: [r for r in records.every() if r.group.number], "the record of the processes")
    process.kill()
    process.wait()
    assert temporary(tmp_path)
    done = subprocess.run([sys.executable, "-m", "wizard", "down"], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert temporary(tmp_path) == list(own_state.iterdir()) == []


def test_a_record_stays_as_long_as_what_it_names(tmp_path: Path, own_state: Path) -> None:
    """A folder that is not the trial's own is left alone, and said."""
    mark = marks.Mark("0badcafe", tmp_path / "serving-wizard-0badcafe", 1.0)
    records.write(mark)
    mark.folder.mkdir()
    (mark.folder / "precious").write_text("of somebody else")
    done = down(tmp_path)
    assert done.returncode == 3 and str(mark.folder) in done.stderr, done
    assert list(own_state.iterdir()) and (mark.folder / "precious").exists()
    (mark.folder / "precious").unlink()
    assert down(tmp_path).returncode == 0
    assert list(own_state.iterdir()) == [] and not mark.folder.exists()


def test_only_folders_that_carry_the_trials_id_are_removed(tmp_path: Path) -> None:
    """A label may name any folder."""
    (tmp_path / "precious").mkdir()
    assert not records.remove_folder(str(tmp_path / "precious"), "1")
    assert not records.remove_folder("/", "1")
    link = tmp_path / "serving-wizard-link"
    link.symlink_to(tmp_path)
    assert not records.remove_folder(str(link), "1") and (tmp_path / "precious").exists()
    mark = marks.Mark("1", tmp_path / "serving-wizard-1", 1.0)
    records.make_folder(mark)
    assert not records.remove_folder(str(mark.folder), "2") and not records.remove_folder(str(mark.folder), "")
    assert records.remove_folder(str(mark.folder), "1") and not mark.folder.exists()


def test_a_process_is_found_by_its_environment_wherever_it_went(own_state: Path) -> None:
    """It left the session of the script, and no record names its group; one beside it has written over its own."""
    mark = marks.new()
    environment = {**os.environ, **mark.environment()}
    forgetful = "setsid sh -c 'env -u SERVING_WIZARD_TRIAL sleep 600 & sleep 600' & exec sleep 600"
    first = subprocess.Popen(["sh", "-c", forgetful], env=environment, start_new_session=True)
    bystander = subprocess.Popen(["sleep", "600"])
    try:
        until(lambda: len(processes.of(mark.id)) >= 4, "the processes")
        records.write(mark)
        sweep.one(mark.id, lambda _: None)
        assert processes.of(mark.id) == [] and bystander.poll() is None
        assert list(own_state.iterdir()) == []
    finally:
        bystander.kill()
        bystander.wait()
        first.kill()
        first.wait()
