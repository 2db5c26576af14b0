"""TCP ports of this machine: free or taken, and by which program."""

from __future__ import annotations

import errno
import socket
from collections.abc import Collection
from typing import Literal

import psutil

_NEAR = 200
"""How many ports are tried instead of a taken one."""
PortState = Literal["free", "taken", "foreign", "privileged"]


def port_state(address: str, port: int) -> PortState:
    """Whether a TCP port can be bound on an address of this machine ("" = every IPv4 and IPv6 address)."""
    states = [_try_bind(each, port) for each in ([address] if address else ["0.0.0.0", "::"])]
    if not address and states[1] == "foreign":
        states = states[:1]  # IPv6 is off
    return next((state for state in states if state != "free"), "free")


def free_beside(address: str, port: int, used: Collection[int]) -> int:
    """The next port above 1023 that is free at an address and not among `used`; 0 = none near it."""
    first = max(port + 1, 1024)
    return next((n for n in range(first, first + _NEAR) if n not in used and port_state(address, n) == "free"), 0)


def _try_bind(address: str, port: int) -> PortState:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((address, port))
    except PermissionError:
        return "privileged"
    except OSError as problem:
        return "taken" if problem.errno == errno.EADDRINUSE else "foreign"
    return "free"


def port_owner(port: int) -> str:
    """Which program listens on a TCP port, as far as this user may know; "" if unknown."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:
        return ""
    for connection in connections:
        if connection.status == psutil.CONN_LISTEN and connection.laddr and connection.laddr.port == port:
            return _program(connection.pid)
    return ""


def _program(pid: int | None) -> str:
    if pid is None:
        return ""
    try:
        return f"{psutil.Process(pid).name()} (process {pid})"
    except psutil.Error:
        return ""
