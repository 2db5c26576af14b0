"""Completion, asked of the shells themselves where they are installed."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.requires import find
from wizard import presets, registry
from wizard.cli.completing import others, posix
from wizard.cli.completing.table import table
from wizard.cli.main import main
from wizard.cli.table import COMMANDS

NAMES = [command.name for command in COMMANDS]


def bash(script: Path, line: str) -> list[str]:
    words = line.split(" ")
    asked = (
        f'source {script}; COMP_WORDS=("$@"); COMP_CWORD=$(($#-1)); _serving_wizard; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    done = subprocess.run(
        ["bash", "-c", asked, "bash", *words], capture_output=True, text=True, timeout=60, cwd=script.parent
    )
    return [word for word in done.stdout.splitlines() if word]


def fish(script: Path, line: str) -> list[str]:
    asked = f"source {script}; complete -C {others._quoted(line)}"
    environment = {**os.environ, "HOME": str(script.parent), "XDG_CONFIG_HOME": str(script.parent)}
    done = subprocess.run(
        ["fish", "-c", asked], capture_output=True, text=True, timeout=60, env=environment, cwd=script.parent
    )
    assert done.returncode == 0, done.stderr
    return [found.split("\t")[0] for found in done.stdout.splitlines()]


def zsh(script: Path, line: str) -> list[str]:
    """A line typed in zsh, and the list that Tab shows."""
    child, master = pty.fork()
    if child == 0:
        os.chdir(script.parent)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {"HOME": str(script.parent), "PATH": os.environ["PATH"], "TERM": "dumb"})
    try:
        setup = f"PS1='REA''DY> '; LISTMAX=9999; autoload -U compinit; compinit -u -D; source {script}\n"
        # Nothing but ^D lists what fits and inserts nothing.
        os.write(master, setup.encode() + b"bindkey '^D' list-choices\n")
        until(master, "READY> ", 2)
        os.write(master, line.encode() + b"\x04")
        shown = until(master, "READY> ", 1)
        return re.split(r"\s+", shown.partition(line)[2])
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(master)


def until(master: int, mark: str, times: int) -> str:
    """What a terminal shows until a mark has come so often; a minute at most."""
    seen, end = "", time.monotonic() + 60
    while seen.count(mark) < times and time.monotonic() < end:
        if select.select([master], [], [], 1)[0]:
            seen += os.read(master, 65536).decode(errors="replace")
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen)


Ask = Callable[[str], list[str]]
SHELLS = {"bash": (bash, posix.bash), "fish": (fish, others.fish), "zsh": (zsh, posix.zsh)}


@pytest.fixture(params=SHELLS)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    if find(request.param) is None:
        pytest.skip(f"needs {request.param}")
    way, render = SHELLS[request.param]
    script = tmp_path / "completion"
    script.write_text(render(table()))
    (tmp_path / "answers.toml").write_text("")
    return lambda line: way(script, line)


def test_commands_presets_servers_and_findings_are_completed(ask: Ask) -> None:
    assert {"generate", "doctor", "completion"} <= set(ask("serving-wizard "))
    assert "generate" in ask("serving-wizard gen")
    assert set(presets.names()) <= set(ask("serving-wizard reach --preset "))
    assert set(registry.names()) <= set(ask("serving-wizard compare --server "))
    assert "BIND-ALL" in ask("serving-wizard explain BIND-A")
    assert {"--for", "--format"} <= set(ask("serving-wizard generate --fo"))
    assert "bind.inference.scope=" in ask("serving-wizard try --set bind.inference.s")


def test_every_command_and_option_of_the_parser_is_in_every_script() -> None:
    entries = table()
    assert [entry.name for entry in entries] == NAMES
    for render in (posix.bash, posix.zsh, others.fish, others.powershell_script):
        script = render(entries)
        for entry in entries:
            assert re.search(rf"(?<![\w-]){entry.name}(?![\w-])", script)
            for option in entry.options:
                assert all(name.lstrip("-") in script for name in option.names)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_the_command_prints_a_script_that_says_how_to_load_it(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    assert f"serving-wizard completion {shell}" in capsys.readouterr().out.partition("{")[0]
