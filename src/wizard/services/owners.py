"""Who owns what a trial made, written on it as labels, so that a `kill -9` leaves nothing for ever."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

_PREFIX = "serving-wizard."


def labels(trial_label: str, trial_id: str, deadline: float, kept: bool, folder: str) -> dict[str, str]:
    """The labels of everything one trial makes. `deadline` in seconds from now."""
    pid = os.getpid()
    return {
        trial_label: trial_id,
        _PREFIX + "pid": str(pid),
        _PREFIX + "started": _started(pid),
        _PREFIX + "boot": _boot(),
        _PREFIX + "until": str(int(time.time() + deadline)),
        _PREFIX + "kept": "yes" if kept else "no",
        _PREFIX + "folder": folder,
    }


def abandoned(found: Mapping[str, str]) -> bool:
    """Whether nobody looks after it any more: its time is over, or its owner ended without keeping it."""
    until = found.get(_PREFIX + "until", "0")
    if not until.isdigit() or time.time() > int(until):
        return True
    if found.get(_PREFIX + "kept") == "yes" and found.get(_PREFIX + "boot") == _boot():
        return False
    return not _alive(found)


def _alive(found: Mapping[str, str]) -> bool:
    pid = found.get(_PREFIX + "pid", "")
    if not pid.isdigit() or found.get(_PREFIX + "boot") != _boot():
        return False
    started = _started(int(pid))
    return bool(started) and started == found.get(_PREFIX + "started")


def _started(pid: int) -> str:
    """When a process began, so that a reused pid is not taken for the owner; "" when there is none."""
    import psutil

    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.Error:
        return ""


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))
