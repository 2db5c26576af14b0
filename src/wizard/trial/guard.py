"""Ends a kept trial when its time is over: `python -m wizard.trial.guard SECONDS FOLDER`, started beside it."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

_PAUSE_S = 2.0


def watch(seconds: float, folder: Path) -> None:
    """Start a process that outlives this one. It ends early when the trial was removed otherwise."""
    subprocess.Popen(
        [sys.executable, "-m", "wizard.trial.guard", str(seconds), str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        cwd="/",
    )


def main(seconds: float, folder: Path) -> None:
    """Wait, then remove whatever is past its deadline."""
    from wizard.errors import WizardError
    from wizard.trial import owners

    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not folder.exists():
            return
        time.sleep(min(_PAUSE_S, max(0.0, end - time.monotonic())))
    native = (folder / "run.sh").exists() and not (folder / "compose.yaml").exists()
    if not native:
        from wizard.trial import docker_backend

        try:
            docker_backend.reap()
        except WizardError:
            return
    owners.sweep()


if __name__ == "__main__":
    main(float(sys.argv[1]), Path(sys.argv[2]))
