"""End the processes of a trial and no others: those with its mark, and the sessions they are in."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass

import psutil

from wizard.trial.marks import GUARD, VARIABLE, started

_POLITE_S = 10.0
_KILL_S = 2.0
_PAUSE_S = 0.02
_CLOCK_TICK_S = 0.02
"""Start times of processes are counted in ticks of 0.01 s since boot."""


@dataclass(frozen=True, slots=True)
class Group:
    """A process that leads its own session and group, and when it started. Number 0: none is recorded."""

    number: int = 0
    started: str = ""


def end(trial_id: str, group: Group = Group()) -> bool:
    """End them, politely at first. Returns whether none is left."""
    for number, seconds in ((signal.SIGTERM, _POLITE_S), (signal.SIGKILL, _KILL_S)):
        until = time.monotonic() + seconds
        if not _signal(of(trial_id, group), number):
            return True
        while time.monotonic() < until:
            if not of(trial_id, group):
                return True
            time.sleep(_PAUSE_S)
    return not of(trial_id, group)


def of(trial_id: str, group: Group = Group()) -> list[int]:
    """The living processes that have the mark, that are in one of their sessions, or in that group.

    Some programs overwrite their environment (nginx writes a title there), so the mark alone is not enough. A session
    is theirs if one of them leads it, or if its leader has ended.
    """
    found, sessions = [], {}
    for process in psutil.process_iter():
        pid = process.pid
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                continue
            sessions[pid] = os.getsid(pid)
            if trial_id and process.environ().get(VARIABLE) == trial_id:
                found.append(pid)
        except (OSError, psutil.Error):
            continue
    leaders = {sessions[pid] for pid in found if sessions[pid] in found or sessions[pid] not in sessions}
    theirs = {pid for pid, session in sessions.items() if session in leaders}
    return sorted({*found, *theirs, *_members(group)} - {os.getpid()})


def dismiss(trial_id: str) -> None:
    """End what waits to remove a kept trial that is gone."""
    for process in psutil.process_iter():
        with suppress(OSError, psutil.Error):
            if process.pid != os.getpid() and process.environ().get(GUARD) == trial_id:
                process.kill()


def _members(group: Group) -> list[int]:
    """The living processes of a group; none if the group is not the recorded one.

    While any process of a group lives, no new process gets its number. So either the first process is the recorded one,
    or it has ended and the rest belongs to it, or another program has the number by now.
    """
    if group.number <= 1 or not group.started or started(group.number) not in ("", group.started):
        return []
    found = []
    for pid in psutil.pids():
        try:
            if os.getpgid(pid) != group.number or os.getsid(pid) != group.number:
                continue
            process = psutil.Process(pid)
            late = process.create_time() >= float(group.started) - _CLOCK_TICK_S
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
