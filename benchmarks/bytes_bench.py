#!/usr/bin/env python3
"""How many bytes the wizard sends to a terminal: to start, for a key, for a step. Nothing is judged.

    python benchmarks/bytes_bench.py [--size 80x24] [--json]

Runs on the bundled sample in a pseudo-terminal that answers as a common one does. A key is over once nothing has come
for a while. What a slow line carries is what counts, so the terminal's own protocol (synchronised output, titles) is
counted too. POSIX only; nothing but the standard library.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import json
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from collections.abc import Iterator

ANSWERS = {
    b"\x1b]11;?": b"\x1b]11;rgb:1212/1616/1d1d\x1b\\",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
    b"\x1b[?2048$p": b"\x1b[?2048;0$y",
}
QUIET_S = 0.6
"""Seconds without output after which a key is over."""
LONGEST_S = 20.0
SCENES: tuple[tuple[str, list[str], list[tuple[str, bytes]]], ...] = (
    ("tour", ["demo"], [("down", b"\x1b[B"), ("up", b"\x1b[A"), *[("step", b"\r")] * 7, ("down", b"\x1b[B")]),
    ("overview", ["SAMPLE"], [("down", b"\x1b[B"), ("down", b"\x1b[B"), ("up", b"\x1b[A"), ("toggle", b"5")]),
)


class Terminal:
    """The program in a pseudo-terminal."""

    def __init__(self, arguments: list[str], columns: int, rows: int, home: str) -> None:
        self.process, self.side = pty.fork()
        if self.process == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "HOME": home}
            environment |= {f"XDG_{name}_HOME": home for name in ("STATE", "CONFIG", "CACHE", "DATA")}
            os.chdir(home)
            os.execve(sys.executable, [sys.executable, "-m", "wizard", *arguments], environment)
        fcntl.ioctl(self.side, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def quiet(self) -> int:
        """Bytes until nothing came for a while."""
        count, begun = 0, time.monotonic()
        while time.monotonic() - begun < LONGEST_S and select.select([self.side], [], [], QUIET_S if count else 10)[0]:
            try:
                data = os.read(self.side, 1 << 16)
            except OSError:
                break
            count += len(data)
            for question, answer in ANSWERS.items():
                if question in data:
                    os.write(self.side, answer)
        return count

    def end(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)
        os.close(self.side)


def measure(columns: int, rows: int) -> Iterator[tuple[str, int]]:
    """What was done, and the bytes it cost."""
    for scene, arguments, keys in SCENES:
        with tempfile.TemporaryDirectory() as home:
            sample = _sample()
            terminal = Terminal([sample if word == "SAMPLE" else word for word in arguments], columns, rows, home)
            try:
                yield f"{scene}: start", terminal.quiet()
                for name, key in keys:
                    os.write(terminal.side, key)
                    yield f"{scene}: {name}", terminal.quiet()
            finally:
                terminal.end()


def _sample() -> str:
    from wizard.servers.sample import sample_path

    return str(sample_path("tensorflow-serving"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--size", default="80x24")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    columns, rows = map(int, options.size.split("x"))
    found: dict[str, list[int]] = {}
    for what, count in measure(columns, rows):
        found.setdefault(what, []).append(count)
    if options.json:
        print(json.dumps(found))
        return
    for what, counts in found.items():
        print(f"{what:<18} {statistics.median(counts):>8.0f}   {' '.join(map(str, counts))}")


if __name__ == "__main__":
    main()
