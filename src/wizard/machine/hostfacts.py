"""Measure the Host: addresses, ports in use, firewall, architecture, and the Docker engine if asked to."""

from __future__ import annotations

import ipaddress
import os
import platform
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import psutil

from wizard import machine
from wizard.host import DockerFacts, Host, Interface, interface_kind
from wizard.machine import engine_address, programs

_OS: dict[str, Literal["linux", "darwin", "windows"]] = {"darwin": "darwin", "win32": "windows"}


def measure(docker: bool = False) -> Host:
    """What this machine is. `docker` also asks the engine, which takes up to a second."""
    facts = DockerFacts()
    if docker:
        facts = machine.docker_engine.engine_facts()
    return Host(
        interfaces=interfaces(),
        os=_OS.get(sys.platform, "linux"),
        arch=platform.machine().lower(),
        avx=_has_avx(),
        firewall=_firewall(),
        selinux=_selinux(),
        uid=os.getuid() if hasattr(os, "getuid") else 1000,
        gid=os.getgid() if hasattr(os, "getgid") else 1000,
        docker=facts,
        engine=engine_address.found(),
        podman_too=engine_address.podman_too(),
        memory=memory(),
    )


def lacking(names: Iterable[str]) -> tuple[str, ...]:
    """Those of some programs that the written scripts would not find here."""
    return tuple(name for name in names if not programs.where(name))


def memory() -> int:
    """Bytes of main memory of this machine; 0 if the system does not say."""
    try:
        return int(psutil.virtual_memory().total)
    except (OSError, psutil.Error, RuntimeError):
        return 0


def interfaces() -> tuple[Interface, ...]:
    """Every address of this machine that is up."""
    up = {name for name, stats in psutil.net_if_stats().items() if stats.isup}
    found = []
    for name, addresses in psutil.net_if_addrs().items():
        for each in addresses:
            if name not in up or each.family not in (socket.AF_INET, socket.AF_INET6):
                continue
            address = each.address.split("%")[0]
            prefix = _prefix(each.netmask, 128 if ":" in address else 32)
            found.append(Interface(name, address, prefix, interface_kind(name, address)))
    return tuple(sorted(found, key=lambda i: (i.kind != "loopback", i.name, i.family, i.address)))


def _prefix(netmask: str | None, whole: int) -> int:
    """The length of a network's prefix; on some systems psutil gives none, which is then taken as a single address."""
    if not netmask:
        return whole
    if "/" in netmask:  # FreeBSD and macOS: "ffff::/16"
        netmask = netmask.partition("/")[0]
    return bin(int(ipaddress.ip_address(netmask))).count("1")


def _has_avx() -> bool:
    """Some official builds of servers need AVX; unknown counts as present."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return True
    return " avx" in text or "flags" not in text


def _firewall() -> Literal["", "ufw", "firewalld"]:
    try:
        if "ENABLED=yes" in Path("/etc/ufw/ufw.conf").read_text(errors="replace") and programs.where("ufw"):
            return "ufw"
    except OSError:
        pass
    return "firewalld" if Path("/run/firewalld").exists() else ""


def _selinux() -> bool:
    try:
        return Path("/sys/fs/selinux/enforce").read_text().strip() == "1"
    except OSError:
        return False
