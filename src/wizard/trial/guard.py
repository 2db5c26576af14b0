"""Ends a kept trial when its time is up: `python -m wizard.trial.guard SECONDS FOLDER ID`, started alongside it."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from wizard.machine import docker_engine, signals
from wizard.trial import logs, sweep
from wizard.trial.marks import GUARD, Mark

_PAUSE_S = 2.0


def watch(seconds: float, mark: Mark) -> None:
    """Start a process that outlives this one. It ends early if the trial is removed in another way."""
    subprocess.Popen(
        [sys.executable, "-m", "wizard.trial.guard", str(seconds), str(mark.folder), mark.id],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
        env={**os.environ, GUARD: mark.id},
    )


def main(seconds: float, folder: Path, trial_id: str) -> None:
    """Wait, then remove the trial; at once if this process is told to end, because nothing else would remove it."""
    asked = threading.Event()
    with suppress(signals.Ended), signals.held(asked.set):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not asked.is_set():
            if not folder.exists():
                return
            logs.shortened(folder / logs.FILE)
            asked.wait(min(_PAUSE_S, left))
        sweep.one(trial_id, docker_engine.connect)


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
