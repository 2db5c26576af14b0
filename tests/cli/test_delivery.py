"""What is written and cannot be delivered: a pipe whose reader has left, a full disk."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
COMMANDS = {
    "--help": 0,
    "explain": 0,
    "schema": 0,
    "presets": 0,
    "completion bash": 0,
    "check config.properties": 1,
    "check config.properties --format json": 1,
    "fix config.properties --dry-run": 1,
}


def _run(
    arguments: str, folder: Path, stdout: int, environment: dict[str, str] = BUFFERED
) -> subprocess.CompletedProcess[bytes]:
    (folder / "config.properties").write_text("cors.allowed.origin=https://app.example\n")
    return subprocess.run(
        [sys.executable, "-m", "wizard", *arguments.split()],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
    )


@pytest.mark.parametrize("buffered", [True, False])
@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_reader_that_has_left_changes_nothing(arguments: str, buffered: bool, tmp_path: Path) -> None:
    """`check | true`: what fits into Python's buffer met the closed pipe only while Python ended, which gave 120; what
    did not fit ended the command, which gave 0."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = _run(arguments, tmp_path, writer, BUFFERED if buffered else {**BUFFERED, "PYTHONUNBUFFERED": "1"})
    finally:
        os.close(writer)
    assert done.returncode == COMMANDS[arguments], done.stderr
    assert b"BrokenPipe" not in done.stderr and b"Exception ignored" not in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("arguments", COMMANDS)
def test_a_full_disk_is_a_sentence_and_exits_3(arguments: str, tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = _run(arguments, tmp_path, full.fileno())
    assert done.returncode == 3, done.stderr
    assert b"No space left" in done.stderr and b"Exception ignored" not in done.stderr
