#!/usr/bin/env python3
"""The terminal interface against its floor, side by side on this machine: start, memory, echo, next step.

    python benchmarks/run.py [--runs N]

Prints one line per case: median of each figure and, in brackets, its ratio to the floor round by round.
Nothing is judged here; the bars are in docs/performance.md.
"""

from __future__ import annotations

import argparse
import compileall
import json
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = sys.executable
FIGURES = (
    ("ready", "ready s", 2),
    ("peak_rss", "RSS MiB", 1),
    ("cpu_settled", "CPU s", 2),
    ("echo", "echo ms", 1),
    ("echo_p95", "p95 ms", 1),
    ("press", "next ms", 0),
)
CASES: tuple[tuple[str, list[str]], ...] = (
    ("floor", [f"{PYTHON} {HERE / 'floor.py'}", "--ready", "FLOOR READY", "--type", "qxzjvkwb"]),
    ("wizard", [f"{PYTHON} -m wizard", "--ready", "Which server should run", "--quit", "ctrl+q"]),
    (
        "next step",
        [
            f"{PYTHON} -m wizard",
            "--ready",
            "Which server should run",
            "--press",
            "enter",
            "--then",
            "How should the server run",
            "--quit",
            "ctrl+q",
        ],
    ),
    (
        "typing",
        [
            f"{PYTHON} -m wizard demo",
            "--ready",
            "Which server should run",
            "--setup",
            "wait:0.8 enter wait:1 enter wait:1",
            "--type",
            "qxzjvkwb",
            "--quit",
            "ctrl+q",
        ],
    ),
)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--runs", type=int, default=7)
    chosen = options.parse_args()
    # An installed program has its bytecode; a checkout may not, where Python was told to write none.
    compileall.compile_dir(HERE.parent / "src", quiet=2)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [PYTHON, str(HERE / "tui_bench.py"), "--runs", str(chosen.runs), "--calm", "3", "--out", str(out)]
        for name, (program, *rest) in CASES:
            command += ["--cmd", program, "--name", name, *rest]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        show(json.loads(out.read_text()))
    return 0


def show(result: dict) -> None:
    print(f"{'':12}" + "".join(f"{title:>18}" for _, title, _ in FIGURES))
    for name in (name for name, _ in CASES):
        case = result["cases"].get(name, {})
        line = f"{name:12}"
        for figure, title, digits in FIGURES:
            value = case.get(figure)
            if value is None:
                line += f"{'-':>18}"
                continue
            scale = 1000 if title.endswith("ms") else 1
            ratio = f" ({value['ratio']:.2f}x)" if "ratio" in value else ""
            line += f"{value['median'] * scale:.{digits}f}{ratio}".rjust(18)
        print(line)
    for failure in result["failures"]:
        print("failed:", failure.splitlines()[0])


if __name__ == "__main__":
    sys.exit(main())
