"""The bundled samples: made by the script, the same bytes each time, and good models by our own lights."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.support import model_builders as b
from wizard.machine.inspection import inspect
from wizard.servers.sample import sample_path

SCRIPT = b.ROOT / "scripts" / "make_samples.py"


def run(*arguments: str) -> int:
    return subprocess.run([sys.executable, str(SCRIPT), *arguments], check=False, capture_output=True).returncode


def test_the_bundled_files_are_what_the_script_makes(tmp_path: Path) -> None:
    assert run("--check") == 0
    assert run("--out", str(tmp_path)) == 0 and run("--check", "--out", str(tmp_path)) == 0
    (tmp_path / "torchserve" / "sample" / "echo.mar").write_bytes(b"other")
    assert run("--check", "--out", str(tmp_path)) == 1
    servers = b.make_samples.SERVERS
    kept = {
        p.relative_to(servers).as_posix()
        for room in ("tensorflow_serving", "torchserve")
        for p in servers.glob(f"{room}/sample/**/*")
        if p.is_file()
    }
    assert kept == set(b.make_samples.samples())


@pytest.mark.parametrize(("server", "kind"), [("torchserve", "mar"), ("tensorflow-serving", "savedmodel-base")])
def test_the_samples_are_faultless(server: str, kind: str) -> None:
    report = inspect(sample_path(server), server, uid=4242)
    assert (report.kind, report.usable) == (kind, True)
    assert [p for p in report.problems if p.id != "not-readable-by-server"] == []


def test_an_unknown_server_has_no_sample() -> None:
    with pytest.raises(KeyError):
        sample_path("triton")


def test_half_plus_two_and_its_sample_request() -> None:
    report = inspect(sample_path("tensorflow-serving"), "tensorflow-serving")
    assert [v.number for v in b.versions(report)] == [1, 2] and json.loads((report.sample or ("", b""))[1]) == {
        "instances": [[1.0]]
    }
    first, second = (v.directory.joinpath("saved_model.pb").read_bytes() for v in b.versions(report))
    assert len(first) == len(second) and sum(x != y for x, y in zip(first, second, strict=True)) == 1


def test_the_archive_holds_what_the_manifest_says() -> None:
    data = sample_path("torchserve").read_bytes()
    assert data == sample_path("torchserve").parent.parent.joinpath("echo.mar").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["echo_handler.py", "MAR-INF/MANIFEST.json"]
    archive_ = b.archives(inspect(sample_path("torchserve"), "torchserve"))[0]
    assert (archive_.name, archive_.version, archive_.handler) == ("echo", "1.0", "echo_handler.py")


@pytest.mark.parametrize(
    ("rows", "answers"),
    [
        (None, None),
        ([{"body": bytearray(b"hello")}], ['{"echo": "hello"}']),
        ([{"body": {"a": 1}}, {"data": b"\xff"}], ['{"echo": {"a": 1}}', '{"echo": "\\ufffd"}']),
        ([{"x": b"1", "y": "2"}], ['{"echo": {"x": "1", "y": "2"}}']),
        ([{}], ['{"echo": {}}']),
    ],
)
def test_the_echo_handler_echoes(rows: Any, answers: Any) -> None:
    module: dict[str, Any] = {}
    exec(compile(b.HANDLER, "echo_handler.py", "exec"), module)  # our own source, not a user's archive
    assert module["handle"](rows, None) == answers
