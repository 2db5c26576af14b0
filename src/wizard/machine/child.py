"""This program in another process, so that heavy work takes no memory and no time from this one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import wizard


class Child:
    """One command of this program, running in parallel; it starts at once."""

    def __init__(self, *words: str) -> None:
        # Without -P the folder somebody happens to be in could put a module of its own in place of this program.
        path = os.pathsep.join(filter(None, [str(Path(wizard.__file__).parents[1]), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "wizard", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path},
        )

    def output(self, seconds: float) -> str:
        """What it prints, "" if it fails or takes too long. Waits; may run in another thread."""
        try:
            printed, _ = self._process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            self.end()
            return ""
        return printed if self._process.returncode == 0 else ""

    def end(self) -> None:
        """Stop it if it is still running."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
