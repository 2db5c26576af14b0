#!/usr/bin/env python3
"""What a trial costs beyond the server's own start: wall time of `runner.run` minus container start to ready.

python benchmarks/trial_bench.py [--server torchserve|tensorflow-serving] [--rounds N]
"""

from __future__ import annotations

import argparse
import socket
import time
from pathlib import Path

from wizard.machine import project
from wizard.plan import Plan
from wizard.servers.sample import sample_path
from wizard.trial import backend, events, runner

NAMES = {"torchserve": "echo", "tensorflow-serving": "half_plus_two"}


def once(server: str) -> tuple[float, float, int]:
    """Wall time, time from the server's start to ready, and the number of probes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    plan = Plan.model_validate(
        {
            "server": server,
            "models": [{"name": NAMES[server], "path": str(sample_path(server))}],
            "bind": {"inference": {"scope": "loopback", "port": port}},
            "auth": {"inference": "none", "management": "none"},
        }
    )
    here = Path.cwd()
    made = project.prepare(plan, here, here)
    marks: dict[str, float] = {}

    def note(event: events.Event) -> None:
        if isinstance(event, events.StageEvent):
            marks.setdefault(event.text.split(" ")[0], time.monotonic())

    begin = time.monotonic()
    report = runner.run(made, backend.Options(), note)
    wall = time.monotonic() - begin
    assert report.agrees, [r for r in report.results if not r.agrees]
    return wall, marks["ready"] - marks["creating"], len(report.results)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--server", choices=tuple(NAMES), default="torchserve")
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    for _ in range(chosen.rounds):
        wall, ready, probes = once(chosen.server)
        print(f"{chosen.server}: whole {wall:.2f} s, server {ready:.2f} s, trial {wall - ready:.2f} s, {probes} probes")


if __name__ == "__main__":
    main()
