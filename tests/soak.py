"""Run every test again and again beside a program that never rests: `make soak`.

The first failure ends it. No round begins after the time is over, and a round that is under way then is not counted.
Each round tries the properties with other random examples, four times as many as `make test`.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.processes import popen

ROOT = Path(__file__).parents[1]
TESTS = [sys.executable, "-m", "pytest", "-q", "-x", "-n", "2", "--dist", "worksteal"]
ENVIRONMENT = {**os.environ, "WIZARD_EXAMPLES": os.environ.get("WIZARD_EXAMPLES", "1")}


def rounds(end: float) -> int:
    """Rounds that went to their end before the time was over. Raises SystemExit at the first failure."""
    done = 0
    while (left := end - time.monotonic()) > 0:
        with popen(TESTS, cwd=ROOT, env=ENVIRONMENT) as under_way:
            try:
                code = under_way.wait(left)
            except subprocess.TimeoutExpired:
                under_way.send_signal(signal.SIGINT)  # so that it removes what it made
                return done
        if code:
            raise SystemExit(f"Round {done + 1} failed.")
        done += 1
    return done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("minutes", nargs="?", type=float, default=60.0, help="how long (default 60)")
    end = time.monotonic() + 60 * parser.parse_args().minutes
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        done = rounds(end)
    finally:
        busy.kill()
        busy.wait()
    print(f"{done} whole rounds, no failure.")
    sys.exit(0 if done else "The time was too short for one round.")


if __name__ == "__main__":
    main()
