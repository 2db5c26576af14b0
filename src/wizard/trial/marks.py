"""The mark on everything one trial makes, which also says who looks after it.

Containers, networks and images carry it as labels, processes in their environment, the folder as a file. So everything
can be found again, whatever happened to the wizard that made it. The owner is identified by process id, start time and
machine, so that a reused process id is not mistaken for it.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from wizard.deployment.labels import TRIAL_LABEL, TRIAL_NAME
from wizard.formats.decimals import decimal
from wizard.machine import state

PREFIX = "serving-wizard."
VARIABLE = "SERVING_WIZARD_TRIAL"
"""The same id, in the environment of every process that is started without a container."""
GUARD = f"{VARIABLE}_GUARD"
"""The same id, in the environment of what waits to end a kept trial: it is no part of the trial."""
_RECORD_S = 24 * 3600
"""Seconds after which things of a living owner count as abandoned, if no deadline was set."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The mark of one trial."""

    id: str
    folder: Path
    """Its files, in the temporary folder."""
    until: float
    """Seconds since 1970."""
    kept: bool = False

    def name(self, part: str) -> str:
        """The name of a container or a network."""
        return f"{TRIAL_NAME}{self.id}-{part}"

    def labels(self) -> dict[str, str]:
        """Labels for what the engine makes."""
        return {TRIAL_LABEL: self.id, **{PREFIX + k: v for k, v in self.words().items()}}

    def environment(self) -> dict[str, str]:
        """Environment for processes."""
        return {VARIABLE: self.id}

    def words(self) -> dict[str, str]:
        """Who looks after it, until when, and where its files are."""
        pid = os.getpid()
        return {
            "pid": str(pid),
            "started": started(pid),
            "machine": machine(),
            "home": home(),
            "until": str(int(self.until)),
            "kept": "yes" if self.kept else "no",
            "folder": str(self.folder),
        }


def new() -> Mark:
    """A mark that nothing else has. Nothing is made yet."""
    name = secrets.token_hex(4)
    return Mark(name, Path(tempfile.gettempdir()) / f"{TRIAL_NAME}{name}", time.time() + _RECORD_S)


def abandoned(found: Mapping[str, str]) -> bool:
    """Whether nobody looks after it any more: its time is up, or its owner ended without keeping it.

    `found`: labels, or a record. What another user or another machine (or container) made belongs to it until its
    deadline.
    """
    if time.time() > (decimal(found.get(PREFIX + "until", ""), 15) or 0):
        return True
    if found.get(PREFIX + "kept") == "yes" or found.get(PREFIX + "machine") != machine() or not _mine(found):
        return False
    pid = decimal(found.get(PREFIX + "pid", ""), 9)
    begun = started(pid) if pid is not None else ""
    return not begun or begun != found.get(PREFIX + "started")


def mine_or_abandoned(found: Mapping[str, str]) -> bool:
    """Whether this user may remove it even while it runs: it is theirs, or abandoned."""
    return _mine(found) or abandoned(found)


def _mine(found: Mapping[str, str]) -> bool:
    return found.get(PREFIX + "home") == home()


def home() -> str:
    """Whose trials these are: those recorded in this state folder. Several users and machines may share an engine."""
    return f"{os.uname().nodename}:{folder()}"


def folder() -> Path:
    """Where the records are."""
    return state.folder() / "trials"


def started(pid: int) -> str:
    """When a process started, in seconds; "" if there is none."""
    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except (psutil.Error, OverflowError):
        return ""


def machine() -> str:
    """This boot of this machine, and the processes that can be seen from here."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return str(int(psutil.boot_time()))
