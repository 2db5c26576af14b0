"""A server from elsewhere whose package does not load stops no command: it is named and left out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.support.commands import command

ENTRIES = "[serving_wizard.servers]\nbroken = nosuchmodule.x\nempty = empty_server\n"
LATE = "TITLE, SUMMARY = 'Late', 'late'\n"
FAILING = {
    "adapter": LATE + "def load():\n    raise RuntimeError('no licence')\n",
    "nothing": LATE + "def load():\n    pass\n",
    "reading": "from wizard.servers.torchserve import SUMMARY, TITLE, load\ndef load_reading():\n    return 1 / 0\n",
}
"""What comes late -> a package that imports well and does not have it."""
SAID = {
    "adapter": "load() of its package late_server fails (RuntimeError: no licence)",
    "nothing": "what load() of its package late_server returns has no id",
    "reading": "load_reading() of its package late_server fails (ZeroDivisionError: division by zero)",
}
COMMANDS = ("intents", "explain gateway", "doctor", "check .", "explain .", "presets", "completion bash", "schema")


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """A folder on the path of modules, with two packages that are no servers."""
    entries = tmp_path / "broken-1.dist-info" / "entry_points.txt"
    entries.parent.mkdir()
    entries.write_text(ENTRIES)
    (tmp_path / "empty_server.py").write_text("TITLE = 'Empty'\n")
    return tmp_path


def ran(packages: Path, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    state = {"XDG_STATE_HOME": str(packages / "state")}
    return command(*arguments, cwd=packages, stdin=given, env=state, packages=packages)


@pytest.mark.parametrize("arguments", [["intents"], ["explain", "gateway"], ["doctor"]], ids=lambda each: str(each[0]))
def test_it_is_named_once_and_left_out(arguments: list[str], packages: Path) -> None:
    done = ran(packages, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("the server broken is left out: its package nosuchmodule.x does not load") == 1
    assert done.stderr.count("the server empty is left out: its package empty_server has no SUMMARY and no load") == 1


def test_answers_that_ask_for_it_are_told_why(packages: Path) -> None:
    done = ran(packages, "reach", "-", given='schema = 1\nserver = "broken"\n')
    assert done.returncode == 2
    assert "the server broken cannot be had: its package nosuchmodule.x does not load" in " ".join(done.stderr.split())


@pytest.mark.parametrize("late", FAILING)
def test_one_that_fails_when_it_is_asked_for_is_named_and_left_out_of_every_command(late: str, packages: Path) -> None:
    (packages / "broken-1.dist-info" / "entry_points.txt").write_text("[serving_wizard.servers]\nlate = late_server\n")
    (packages / "late_server.py").write_text(FAILING[late])
    (packages / "config.properties").write_text("inference_address=http://127.0.0.1:8080\nmodel_store=/srv\n")
    for words in COMMANDS:
        done = ran(packages, *words.split())
        assert done.returncode == 0 and done.stdout, (words, done.stderr)
        assert done.stderr.count(SAID[late]) <= 1 and "itself failed" not in done.stderr
    assert SAID[late] in ran(packages, "doctor").stderr
    done = ran(packages, "reach", "-", given='schema = 1\nserver = "late"\n')
    assert done.returncode == 2 and SAID[late] in " ".join(done.stderr.split())
