"""Completion, asked of the shells themselves where they are installed."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.support.requires import find
from wizard import presets, registry
from wizard.cli.completing import others, posix
from wizard.cli.completing.table import table
from wizard.cli.main import main
from wizard.cli.table import COMMANDS

NAMES = [command.name for command in COMMANDS]


END = "<end>"
"""Behind what is found for one line."""


def bash(script: Path, lines: Sequence[str]) -> list[list[str]]:
    asked = "".join(
        f"COMP_WORDS=({' '.join(map(shlex.quote, line.split(' ')))}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n"
        f'COMPREPLY=(); _serving_wizard; printf "%s\\n" "${{COMPREPLY[@]}}" "{END}"\n'
        for line in lines
    )
    command = ["bash", "-c", f"source {script}\n{asked}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=script.parent)
    return [[word for word in found.splitlines() if word] for found in done.stdout.split(END)[:-1]]


def fish(script: Path, lines: Sequence[str]) -> list[list[str]]:
    asked = "".join(f"complete -C {others._quoted(line)}\nprintf '%s\\n' '{END}'\n" for line in lines)
    environment = {**os.environ, "HOME": str(script.parent), "XDG_CONFIG_HOME": str(script.parent)}
    command = ["fish", "-c", f"source {script}\n{asked}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, cwd=script.parent)
    assert done.returncode == 0, done.stderr
    return [[each.split("\t")[0] for each in found.splitlines()] for found in done.stdout.split(END)[:-1]]


def zsh(script: Path, lines: Sequence[str]) -> list[list[str]]:
    """Lines typed in zsh, and the list that Tab shows for each."""
    child, master = pty.fork()
    if child == 0:
        os.chdir(script.parent)
        os.execvpe("zsh", ["zsh", "-f", "-i"], {"HOME": str(script.parent), "PATH": os.environ["PATH"], "TERM": "dumb"})
    try:
        setup = f"PS1='REA''DY> '; LISTMAX=9999; autoload -U compinit; compinit -u -D; source {script}\n"
        # Nothing but ^D lists what fits and inserts nothing.
        os.write(master, setup.encode() + b"bindkey '^D' list-choices\n")
        until(master, "READY> ", 2)
        found = []
        for line in lines:
            os.write(master, line.encode() + b"\x04")
            found.append(re.split(r"\s+", until(master, "READY> ", 1).partition(line)[2]))
            os.write(master, b"\x15\n")  # an empty line, for a prompt of its own
            until(master, "READY> ", 1)
        return found
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


Ask = Callable[[Sequence[str]], list[list[str]]]
SHELLS = {"bash": (bash, posix.bash), "fish": (fish, others.fish), "zsh": (zsh, posix.zsh)}


@pytest.fixture(params=SHELLS)
def ask(request: pytest.FixtureRequest, tmp_path: Path) -> Ask:
    if find(request.param) is None:
        pytest.skip(f"needs {request.param}")
    way, render = SHELLS[request.param]
    script = tmp_path / "completion"
    script.write_text(render(table()))
    (tmp_path / "answers.toml").write_text("")
    return lambda lines: way(script, lines)


def test_commands_presets_servers_and_findings_are_completed(ask: Ask) -> None:
    expected: dict[str, set[str]] = {
        "serving-wizard ": {"generate", "doctor", "completion"},
        "serving-wizard gen": {"generate"},
        "serving-wizard reach --preset ": set(presets.names()),
        "serving-wizard compare --server ": set(registry.names()),
        "serving-wizard explain BIND-A": {"BIND-ALL"},
        "serving-wizard generate --fo": {"--for", "--format"},
        "serving-wizard try --set bind.inference.s": {"bind.inference.scope="},
    }
    found = dict(zip(expected, ask(list(expected)), strict=True))
    assert {line: names for line, names in expected.items() if not names <= set(found[line])} == {}, found


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
