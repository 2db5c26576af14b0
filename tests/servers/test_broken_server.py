"""A server from elsewhere whose package does not load stops no command: it is named and left out."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.requires import ROOT

ENTRIES = "[serving_wizard.servers]\nbroken = nosuchmodule.x\nempty = empty_server\n"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    entries = tmp_path / "broken-1.dist-info" / "entry_points.txt"
    entries.parent.mkdir()
    entries.write_text(ENTRIES)
    (tmp_path / "empty_server.py").write_text("TITLE = 'Empty'\n")
    path = os.pathsep.join((str(ROOT / "src"), str(tmp_path)))
    return {**os.environ, "PYTHONPATH": path, "XDG_STATE_HOME": str(tmp_path / "state")}


def ran(environment: dict[str, str], *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wizard", *arguments]
    return subprocess.run(command, env=environment, input=given, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize("arguments", [["--help"], ["explain", "gateway"], ["doctor"]], ids=lambda each: str(each[0]))
def test_it_is_named_once_and_left_out(arguments: list[str], environment: dict[str, str]) -> None:
    done = ran(environment, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the server broken is left out: its package nosuchmodule.x does not load") == 1
    assert done.stderr.count("the server empty is left out: its package empty_server has no SUMMARY and no load") == 1


def test_answers_that_ask_for_it_are_told_why(environment: dict[str, str]) -> None:
    done = ran(environment, "reach", "-", given='schema = 1\nserver = "broken"\n')
    assert done.returncode == 2
    assert "the server broken cannot be had: its package nosuchmodule.x does not load" in " ".join(done.stderr.split())
