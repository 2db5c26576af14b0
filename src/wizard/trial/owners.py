"""Who owns what a trial made, so that nothing stays for ever, not even after a `kill -9`.

Containers, networks and images carry labels. Folders and processes have a small record in the user's state folder.
Both name the owner by process id, start time and machine, so that a reused process id is not taken for the owner.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from wizard.errors import ExitCode, WizardError

_PREFIX = "serving-wizard."
FOLDER_PREFIX = "serving-wizard-"
FOLDER_LABEL = _PREFIX + "folder"
_RECORD_S = 24 * 3600
"""Seconds after which the record of a folder whose owner lives on counts for nothing."""
_RECORD_LIMIT = 64 << 10
"""Bytes of a record; a longer file is none."""
_POLITE_S = 10.0
_STARTED = re.compile(r"\d{1,12}\.\d\d")
"""How `started` writes the start of a process."""
_CLOCK_TICK_S = 0.02
"""Start times of processes are counted in ticks of 0.01 s since boot."""


def labels(trial_label: str, trial_id: str, deadline: float, kept: bool, folder: str) -> dict[str, str]:
    """The labels of everything one trial makes. `deadline` in seconds from now."""
    return {trial_label: trial_id, **{_PREFIX + k: v for k, v in _marks(deadline, kept, folder).items()}}


def abandoned(found: Mapping[str, str]) -> bool:
    """Whether nobody looks after it any more: its time is over, or its owner ended without keeping it.

    What another user made, or another machine (or container), is theirs to look after until its deadline.
    """
    until = found.get(_PREFIX + "until", "0")
    if not until.isdigit() or time.time() > int(until):
        return True
    if found.get(_PREFIX + "kept") == "yes" or found.get(_PREFIX + "machine") != machine() or not _mine(found):
        return False
    pid = found.get(_PREFIX + "pid", "")
    begun = started(int(pid)) if pid.isdigit() else ""
    return not begun or begun != found.get(_PREFIX + "started")


def mine_or_abandoned(found: Mapping[str, str]) -> bool:
    """Whether this user may remove it even while it runs: it is theirs, or nobody's any more."""
    return _mine(found) or abandoned(found)


def _mine(found: Mapping[str, str]) -> bool:
    return found.get(_PREFIX + "home") == _home()


def _home() -> str:
    """Whose trials these are: those on record in this state folder. An engine may be shared by users and machines."""
    return f"{os.uname().nodename}:{_state()}"


def remove_folder(folder: str) -> bool:
    """Remove a trial's folder. A label or record may say anything: only folders that trials could have made go."""
    path = Path(folder)
    if path.parent != Path(tempfile.gettempdir()) or not path.name.startswith(FOLDER_PREFIX):
        return False
    try:
        mine = not path.is_symlink() and path.is_dir() and (os.getuid() in (0, path.stat().st_uid))
    except OSError:
        return False
    if mine:
        shutil.rmtree(path, ignore_errors=True)
    return mine


def record(folder: Path, deadline: float = _RECORD_S, kept: bool = False, group: int = 0) -> None:
    """Write down who looks after a trial's folder, and the process group that runs in it (0 = none).

    `deadline` in seconds from now. Raises WizardError when the state folder cannot be written.
    """
    from wizard.machine import state

    marks = _marks(deadline, kept, str(folder))
    if group:
        marks |= {"group": str(group), "group_started": started(group)}
    text = json.dumps({_PREFIX + k: v for k, v in marks.items()})
    try:
        state.write(_record_path(folder), text)
    except OSError as problem:
        raise WizardError(
            "A trial cannot be written down, so it could not be cleaned up after a crash",
            f"{_state()}: {problem.strerror or problem}",
            "Make that folder writable, or set XDG_STATE_HOME to another one.",
            ExitCode.ENVIRONMENT,
        ) from None


def forget(folder: Path) -> None:
    """The folder is gone: its record goes as well."""
    _record_path(folder).unlink(missing_ok=True)


def sweep(everything: bool = False) -> int:
    """End the processes and remove the folders of abandoned trials; with `everything` of all. Returns how many."""
    from wizard.machine import state

    swept = 0
    for path in sorted(_state().glob("*.json")):
        read = state.read(path, _RECORD_LIMIT)
        found = {str(k): str(v) for k, v in read.items()} if isinstance(read, dict) else {}
        if not (everything or abandoned(found)):
            continue
        if found.get(_PREFIX + "machine") == machine() and found.get(_PREFIX + "group", "").isdigit():
            end_group(int(found[_PREFIX + "group"]), found.get(_PREFIX + "group_started", ""))
        swept += remove_folder(found.get(_PREFIX + "folder", ""))
        path.unlink(missing_ok=True)
    return swept


def end_group(group: int, group_started: str) -> None:
    """End the processes of a group that was started then, first politely; nobody else's.

    While any process is left in a group, its number is given to no new process. So either the first process is the
    one on record, or it has ended and the rest is its own, or the number belongs to somebody else by now.
    """
    for number, seconds in ((signal.SIGTERM, _POLITE_S), (signal.SIGKILL, 2.0)):
        end = time.monotonic() + seconds
        if not _signal(_members(group, group_started), number):
            return
        while time.monotonic() < end:
            if not _members(group, group_started):
                return
            time.sleep(0.02)


def started(pid: int) -> str:
    """When a process began, seconds; "" when there is none."""
    import psutil

    try:
        return f"{psutil.Process(pid).create_time():.2f}"
    except psutil.Error:
        return ""


def machine() -> str:
    """This boot of this machine, and the part of its processes that can be seen from here."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))


def _marks(deadline: float, kept: bool, folder: str) -> dict[str, str]:
    pid = os.getpid()
    return {
        "pid": str(pid),
        "started": started(pid),
        "machine": machine(),
        "home": _home(),
        "until": str(int(time.time() + deadline)),
        "kept": "yes" if kept else "no",
        "folder": folder,
    }


def _members(group: int, group_started: str) -> list[int]:
    """The living processes of a group, none when the group is not the one on record."""
    import psutil

    if group <= 1 or not _STARTED.fullmatch(group_started) or started(group) not in ("", group_started):
        return []
    found = []
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) != group or os.getsid(pid) != group:
                continue
            process = psutil.Process(pid)
            late = process.create_time() >= float(group_started) - _CLOCK_TICK_S
            if late and process.status() != psutil.STATUS_ZOMBIE:
                found.append(pid)
        except (OSError, psutil.Error):
            continue
    return found


def _signal(pids: list[int], number: signal.Signals) -> bool:
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
    return bool(pids)


def _state() -> Path:
    from wizard.machine import state

    return state.folder() / "trials"


def _record_path(folder: Path) -> Path:
    return _state() / f"{folder.name}.json"
