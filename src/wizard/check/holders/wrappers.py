"""Programs that start another one: sudo, nohup, env, timeout, conda run, PowerShell's Start-Process."""

from __future__ import annotations

import re
from collections.abc import Sequence

from wizard.check.holders import docker_run, start_process
from wizard.fast_start import regex
from wizard.formats.shell_source import ShellCommand
from wizard.formats.shell_words import SHELLS, Word
from wizard.observed.start import Variable

_WRAPPERS = frozenset(
    {
        "exec", "nohup", "sudo", "doas", "time", "timeout", "setsid", "command", "nice", "ionice", "stdbuf", "start",
        "winpty", "taskset", "numactl", "screen", "systemd-run", "chrt", "gosu", "su-exec", "tini", "dumb-init",
        "unbuffer", "caffeinate", "env", "srun", "singularity", "apptainer", "nssm",
    }
)  # fmt: skip
_RUNNERS = frozenset({"poetry", "pipenv", "pdm", "uv", "rye", "hatch", "conda", "mamba", "micromamba"})
"""Programs that start another one after the word `run`."""
_OF_USERS = frozenset({"gosu", "su-exec"})
"""Programs whose first argument is a user."""
_BEHIND = {"singularity": ("exec", 1), "apptainer": ("exec", 1), "nssm": ("install", 1)}
"""Program -> (its word for starting another one, how many words of its own follow that)."""
_SETS = frozenset({"env", "sudo"})
"""Programs that take NAME=VALUE before the program to start."""
_VALUED: dict[str, tuple[str, frozenset[str]]] = {
    "sudo": (
        "ugCDhpRTUrt",
        frozenset(
            {"user", "group", "close-from", "chdir", "host", "prompt", "chroot", "command-timeout", "other-user"}
        ),
    ),
    "doas": ("uC", frozenset()),
    "env": ("uC", frozenset({"unset", "chdir"})),
    "exec": ("a", frozenset()),
    "nice": ("n", frozenset({"adjustment"})),
    "ionice": ("cnp", frozenset({"class", "classdata", "pid"})),
    "timeout": ("ks", frozenset({"kill-after", "signal"})),
    "time": ("fo", frozenset({"format", "output"})),
    "stdbuf": ("ioe", frozenset({"input", "output", "error"})),
    "numactl": ("NCmip", frozenset({"cpunodebind", "physcpubind", "membind", "interleave", "preferred"})),
    "screen": ("ScphTt", frozenset()),
    "tini": ("pe", frozenset()),
    "conda": ("np", frozenset({"name", "prefix", "cwd"})),
    "mamba": ("np", frozenset({"name", "prefix", "cwd"})),
    "micromamba": ("np", frozenset({"name", "prefix", "cwd"})),
    "uv": ("p", frozenset({"with", "python", "extra", "group", "env-file", "directory", "project"})),
    "dumb-init": ("r", frozenset({"rewrite"})),
    "systemd-run": (
        "pEMHu",
        frozenset(
            {
                "property", "setenv", "machine", "host", "unit", "uid", "gid", "nice", "slice", "description",
                "working-directory", "service-type", "on-active", "on-boot", "on-calendar", "timer-property",
            }
        ),
    ),
}  # fmt: skip
"""Wrapper -> (letters, long names) of its options whose value is the next word; other wrappers have no such options."""
_THE_REST = 'exec "$@"'
"""How the script of `sh -c SCRIPT NAME PROGRAM…` ends that starts what follows it."""
_NUMBER = regex(r"0x[0-9a-fA-F]+|[\d.,:-]+[smhd]?")
_NAMED = regex(r"\w+=")


def unwrapped(command: ShellCommand) -> tuple[Sequence[Word], list[Variable]]:
    """(the words of the program that is started in the end, the variables that are set for it)."""
    words: Sequence[Word] = command.words
    environment = [variable(name, word) for name, word in command.assignments]
    while words:
        name = words[0].file_name
        if name in _RUNNERS and len(words) > 1 and words[1].text == "run":
            words = _behind_options(name, words[2:])
            continue
        if name in SHELLS and len(words) > 4 and words[1].text == "-c" and words[2].text.rstrip().endswith(_THE_REST):
            words = words[4:]
            continue
        if name.lower() in start_process.NAMES:
            return start_process.command(words[1:]), environment
        if name not in _WRAPPERS:
            break
        if name == "command" and any(word.text in ("-v", "-V") for word in words[1:2]):
            return (), environment  # it only asks where the program is installed
        own, more = _BEHIND.get(name, ("", 1 if name in _OF_USERS else 0))
        if own and [word.text for word in words[1:2]] != [own]:
            break  # it does something else
        words = _behind_options(name, words[1 + bool(own) :])[more:]
        while name in _SETS and words and _NAMED.match(words[0].text):
            environment.append(docker_run.variable(words[0]))
            words = words[1:]
    return words, environment


def _behind_options(wrapper: str, words: Sequence[Word]) -> Sequence[Word]:
    """What follows the options of a program that starts another one; cmd's begin with a slash, behind a title."""
    if wrapper == "start" and words and words[0].quoted:
        words = words[1:]
    while words:
        text = words[0].text
        if _takes_next(wrapper, text):
            words = words[2:]
        elif text.startswith("-") or _NUMBER.fullmatch(text) or re.fullmatch(r"/[A-Za-z]{1,4}", text):
            words = words[1:]
        else:
            break
    return words


def _takes_next(wrapper: str, text: str) -> bool:
    """Whether an option's value is the next word: `-u NAME`, `-Eu NAME`, `--user NAME`, but not `-uNAME`."""
    letters, names = _VALUED.get(wrapper, ("", frozenset()))
    if text.startswith("--"):
        return text[2:] in names
    valued = next((at for at, letter in enumerate(text) if letter in letters), 0) if text.startswith("-") else 0
    return valued > 0 and valued == len(text) - 1


def variable(name: str, word: Word) -> Variable:
    """The variable that `NAME=word` sets."""
    return Variable(name, word.text, word.start - len(name) - 1, word.start, word.end, word.expands)
