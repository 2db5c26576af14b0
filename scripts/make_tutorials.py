"""Run the commands of docs/tutorials and write down what they print; `--check` only says whether that is up to date.

A block marked `file NAME` is written to a folder of its own, and in a block marked `console` each line after `$ ` is
run there, with those that go on after a backslash; what follows up to the next one is its output.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TUTORIALS = ROOT / "docs" / "tutorials"
_COMMAND = re.compile(r"^\$ (?:.*\\\n)*.*$", re.MULTILINE)
"""A command, with the lines that go on after a backslash."""
_BLOCK = re.compile(r"```(console|file [^\n]+)\n(.*?)```\n", re.DOTALL)


def rendered(text: str) -> str:
    """The tutorial with what its commands print today."""
    with tempfile.TemporaryDirectory(prefix="tutorial-") as name:
        folder = Path(name)
        servers = ROOT / "src" / "wizard" / "servers"
        shutil.copytree(servers / "tensorflow_serving" / "sample" / "half_plus_two", folder / "half_plus_two")
        shutil.copy(servers / "llama_server" / "sample" / "alphabet.gguf", folder)
        return _BLOCK.sub(lambda found: _block(found, folder), text)


def _block(found: re.Match[str], folder: Path) -> str:
    kind, body = found.groups()
    if kind != "console":
        (folder / kind.partition(" ")[2]).write_text(body)
        return found.group()
    commands = _COMMAND.findall(body)
    return f"```console\n{''.join(_lines(commands, folder))}```\n"


def _lines(commands: list[str], folder: Path) -> Iterator[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder), "NO_COLOR": "1"}
    environment["PYTHONUNBUFFERED"] = "1"  # as on a terminal, where both streams come in the order they are written
    for command in commands:
        own = command.removeprefix("$ ").replace("serving-wizard", f"{sys.executable} -m wizard")
        done = subprocess.run(
            ["sh", "-c", f"{own} 2>&1"], cwd=folder, env=environment, capture_output=True, text=True, timeout=120
        )
        # How long a file is differs with the folder and the machine.
        printed = re.sub(r"  \d+ bytes$", "", done.stdout.replace(f"{folder}/", "./"), flags=re.MULTILINE)
        yield f"{command}\n{printed}"
        if done.returncode:
            yield f"(exit {done.returncode})\n"


def main() -> int:
    """Write or check."""
    stale = []
    for path in sorted(TUTORIALS.glob("*.md")):
        text = path.read_text("utf-8")
        new = rendered(text)
        if new != text:
            stale.append(path)
            if "--check" not in sys.argv:
                path.write_text(new, "utf-8")
    return 1 if stale and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
