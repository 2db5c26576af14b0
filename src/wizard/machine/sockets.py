"""Which TCP sockets are in the listening state, in the network namespace of any process."""

from __future__ import annotations

import ipaddress
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil

from wizard.observed.running import Socket

_LISTENS = "0A"
"""State of a listening socket in /proc/net/tcp (include/net/tcp_states.h of Linux)."""

Tables = dict[Path, tuple[tuple[Socket, str], ...]]
"""Network namespace -> what listens in it, with the inode of each socket."""


def of_processes(pids: Sequence[int], known: Tables) -> tuple[Socket, ...] | None:
    """What some processes in one namespace listen on; None if this user may not know.

    `known`: the namespaces that were looked at already; this one is added.
    """
    if not sys.platform.startswith("linux"):
        return _told_by_psutil(pids)
    try:
        inodes = {inode for pid in pids for inode in _inodes(pid)}
        namespace = Path(f"/proc/{pids[0]}/ns/net").readlink()
        if namespace not in known:
            known[namespace] = tuple(_listening(pids[0]))
        return _sorted(socket for socket, inode in known[namespace] if inode in inodes)
    except OSError:
        return None


def of_namespace(pid: int) -> tuple[Socket, ...] | None:
    """What any process listens on in a process's network namespace; None if this user may not know."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        return _sorted(socket for socket, _ in _listening(pid))
    except OSError:
        return None


def _told_by_psutil(pids: Sequence[int]) -> tuple[Socket, ...] | None:
    try:
        every = [c for pid in pids for c in psutil.Process(pid).net_connections(kind="tcp")]
    except psutil.Error:
        return None
    return _sorted(Socket(c.laddr.ip, c.laddr.port) for c in every if c.status == psutil.CONN_LISTEN and c.laddr)


def _sorted(sockets: Iterator[Socket]) -> tuple[Socket, ...]:
    return tuple(sorted(set(sockets), key=lambda each: (each.port, each.address)))


def _inodes(pid: int) -> Iterator[str]:
    """The inodes of a process's sockets; none if it has ended. Raises PermissionError if this user may not know."""
    try:
        entries = list(Path(f"/proc/{pid}/fd").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return
    for entry in entries:
        try:
            target = str(entry.readlink())
        except OSError:
            continue  # closed meanwhile
        if target.startswith("socket:["):
            yield target[8:-1]


def _listening(pid: int) -> Iterator[tuple[Socket, str]]:
    """(socket, inode)."""
    for name in ("tcp", "tcp6"):
        path = Path(f"/proc/{pid}/net/{name}")
        if name == "tcp6" and not path.exists():
            continue  # a kernel without IPv6
        for row in path.read_text("ascii").splitlines()[1:]:
            fields = row.split()
            if fields[3] == _LISTENS:
                address, _, port = fields[1].partition(":")
                yield Socket(_address(address), int(port, 16)), fields[9]


def _address(text: str) -> str:
    """An address as the kernel prints it: 32-bit words, each in the machine's byte order."""
    words = [int(text[at : at + 8], 16).to_bytes(4, sys.byteorder) for at in range(0, len(text), 8)]
    found = ipaddress.ip_address(b"".join(words))
    # Java listens on IPv4 through sockets of IPv6.
    return str(getattr(found, "ipv4_mapped", None) or found)
