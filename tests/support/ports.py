"""Ports that no other test has, in this run or in another run on this machine."""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
import socket
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import IO

from wizard.placement.defaults import complete
from wizard.placement.endpoints import moved
from wizard.plan import Plan

FreePort = Callable[[], int]


@cache
def _ports() -> Ports:
    return Ports()


def free_port() -> int:
    """A TCP port nobody listens on and no other test has, another one at each call."""
    return _ports()()


# Below the ports of outgoing connections (32768 and up), and so that the port a native server moves to behind its
# gateway (10000 below) is in nobody's share.
_LOW, _HIGH, _SHARE = 23_000, 30_000, 250


class Ports:
    """Gives a TCP port nobody listens on, another one at each call; each process has a share of its own.

    The share is held by a lock on a file in the temporary folder, which ends with the process.
    """

    def __init__(self) -> None:
        self._lock, low = _share()
        self._ports = itertools.cycle(range(low, low + _SHARE))

    def __call__(self) -> int:
        for port in itertools.islice(self._ports, _SHARE):
            if is_free(port) and is_free(moved(port)):
                return port
        raise RuntimeError(f"no free port left in this process's share ({self._lock.name})")


def _share() -> tuple[IO[str], int]:
    for low in range(_LOW, _HIGH, _SHARE):
        lock = (Path(tempfile.gettempdir()) / f"serving-wizard-tests-{os.getuid()}-ports-{low}.lock").open("w")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock, low
        except BlockingIOError:
            lock.close()
    raise RuntimeError("too many test runs on this machine: every share of the ports is taken")


def is_free(port: int) -> bool:
    """Whether nobody holds the port, on any address of either family."""
    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        try:
            probe = socket.socket(family)
        except OSError:  # a kernel without IPv6
            continue
        with probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError as error:
                if error.errno != errno.EADDRNOTAVAIL:  # IPv6 may be there but switched off
                    return False
    return True


def own_ports(plan: Plan) -> Plan:
    """The same Plan with a free port for every API of its server, also for those that are off.

    A port that the Plan names stays; APIs that share one by default go on sharing one.
    """
    completed = complete(plan)
    named = [listener.port for _, listener in plan.bind if listener is not None and listener.port is not None]
    given: dict[int | None, int] = {port: port for port in named}
    listeners = {}
    for api, listener in completed.bind:
        asked = getattr(plan.bind, api)
        if listener is None or (asked is not None and asked.port is not None):
            continue
        if listener.port not in given:
            given[listener.port] = free_port()
        listeners[api] = listener.model_copy(update={"port": given[listener.port]})
    return plan.model_copy(update={"bind": plan.bind.model_copy(update=listeners)})
