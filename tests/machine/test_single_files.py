"""Files that are written one by one (by `fix`, `import`, `--write-baseline`) are whole wherever writing is killed."""

from __future__ import annotations

import fcntl
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support import crash_points
from wizard.cli.main import main
from wizard.errors import ExitCode
from wizard.machine import checkfiles, door, rewriting

OLD, NEW = "old\n" * 10, "new\n" * 10


class Act(NamedTuple):
    """What a command does with the file `a`, done only where it is still to be done."""

    before: dict[str, str]
    do: Callable[[Path], object]
    after: dict[str, str]


def _fixed(folder: Path) -> None:
    source = checkfiles.load(str(folder / "a"))
    if source is not None and source.text == OLD:
        rewriting.rewrite(source, NEW)


def _added(folder: Path) -> None:
    if not (folder / "a").exists():
        with door.opened(folder) as opened:
            opened.add("a", NEW.encode(), 0o644)


ACTS = {
    "a fix, which keeps a copy": Act({"a": OLD}, _fixed, {"a": NEW, "a.orig": OLD}),
    "a file that was not there": Act({}, _added, {"a": NEW}),
    "a file that is replaced": Act({"a": OLD}, lambda folder: door.write_file(folder / "a", NEW), {"a": NEW}),
}


def _files(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def _killed(act: Act, base: Path) -> Iterator[Path]:
    """The folder after each point at which the act was killed."""
    for at in count(1):
        folder = base / str(at)
        folder.mkdir()
        for name, text in act.before.items():
            (folder / name).write_text(text)
        ended = crash_points.child(lambda folder=folder: act.do(folder), at, crash_points.killed)  # type: ignore[misc]
        if ended == crash_points.DONE:
            assert _files(folder) == act.after
            return
        assert ended == -signal.SIGKILL
        yield folder


@pytest.mark.parametrize("name", ACTS)
def test_what_is_killed_leaves_whole_files_and_the_next_run_leaves_nothing_else(name: str, tmp_path: Path) -> None:
    act, points = ACTS[name], 0
    for folder in _killed(act, tmp_path):
        points += 1
        shown = {name: text for name, text in _files(folder).items() if not name.startswith(".")}
        assert set(shown.values()) <= {OLD, NEW} and set(act.before) <= set(shown) <= set(act.after), shown
        act.do(folder)
        left = {name for name in _files(folder) if name.startswith(".")}
        if "a" in act.before or not shown:  # a file that came whole is not written again
            assert not left
        assert {k: v for k, v in _files(folder).items() if k not in left} == act.after
    assert points >= 4


def test_a_temporary_file_of_a_writer_that_lives_stays(tmp_path: Path) -> None:
    with (tmp_path / ".a.01.tmp").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        (tmp_path / ".a.02.tmp").write_text("left behind")
        door.write_file(tmp_path / "a", NEW)
        assert set(_files(tmp_path)) == {"a", ".a.01.tmp"}


def test_what_is_there_is_not_replaced_by_a_file_that_is_added(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(OLD)
    (tmp_path / "b").symlink_to(tmp_path / "nowhere")
    with door.opened(tmp_path) as folder:
        for name in ("a", "b"):
            with pytest.raises(FileExistsError):
                folder.add(name, NEW.encode(), 0o644)
    assert (tmp_path / "a").read_text() == OLD
    assert {path.name for path in tmp_path.iterdir()} == {"a", "b"}


def test_a_file_system_without_hard_links_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refused)
    _added(tmp_path)
    assert _files(tmp_path) == {"a": NEW}


def test_removing_what_cannot_be_there_is_fine(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    door.remove_file(tmp_path / "nothing")
    door.remove_file(tmp_path / "file" / "below")
    assert (tmp_path / "file").exists()


@pytest.mark.parametrize(
    "words", [["import", "config.properties", "--out"], ["check", ".", "--fail-on", "none", "--write-baseline"]]
)
def test_a_disk_that_refuses_is_told_in_a_sentence(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.chdir(tmp_path)
    Path("config.properties").write_text("inference_address=http://127.0.0.1:8080\n")
    monkeypatch.setattr("os.fsync", full)
    assert main([*words, "new"]) == ExitCode.ENVIRONMENT
    told = capsys.readouterr().err
    assert "new cannot be written: No space left on device." in told and "Errno" not in told
    assert [path.name for path in tmp_path.iterdir()] == ["config.properties"]
