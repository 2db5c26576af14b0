"""The flags that a build of llama-server names in its own help."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from tests.support import requires


@dataclass(frozen=True)
class HelpFlag:
    """One flag: all its spellings, the placeholder of its value ("" for a switch), its variable, and what is said."""

    names: tuple[str, ...]
    value: str
    variable: str
    text: str


def flags(build: str) -> tuple[HelpFlag, ...]:
    """What `llama-server --help` lists."""
    command = requires.llama_server_command(build)
    assert command is not None
    shown = subprocess.run([command, "--help"], capture_output=True, text=True, timeout=60, check=True).stdout
    return parse(shown)


def parse(shown: str) -> tuple[HelpFlag, ...]:
    """The flags of a help text."""
    blocks: list[list[str]] = []
    for line in shown.splitlines():
        if line.startswith("-") and not line.startswith("-----"):
            blocks.append([line])
        elif line.startswith("    ") and blocks:
            blocks[-1].append(line.strip())
    return tuple(_flag(block) for block in blocks)


def _flag(block: list[str]) -> HelpFlag:
    head, rest = _columns(block[0])
    names, value = [], ""
    for word in re.split(r",\s+|\s+", head):
        if value or not word.startswith("-"):
            value = f"{value} {word}".strip()
        else:
            names.append(word.rstrip(","))
    text = " ".join(part for part in (rest, *block[1:]) if part)
    variable = re.search(r"\(env: (\w+)\)", text)
    return HelpFlag(tuple(names), value, variable[1] if variable else "", text)


def _columns(line: str) -> tuple[str, str]:
    """The spellings and the start of the text: the text begins in a column of its own, or on the next line."""
    return (line[:40].strip(), line[40:].strip()) if len(line) <= 40 or line[39] == " " else (line.strip(), "")
