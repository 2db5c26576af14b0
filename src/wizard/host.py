"""Host: what is known about this machine, as a plain value. `machine.hostfacts` measures it."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from functools import cache
from typing import Literal

InterfaceKind = Literal["loopback", "private", "public", "link-local", "container"]
EngineName = Literal["docker", "podman"]
SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
"""Where nginx, ip and ufw often are; the PATH of an ordinary user on Debian lacks them."""


@dataclass(frozen=True, slots=True)
class Interface:
    """One address of this machine."""

    name: str
    address: str
    prefix: int
    kind: InterfaceKind

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.address else 4

    @property
    def network(self) -> str:
        """The network the address belongs to, such as 10.0.0.0/24."""
        return str(ipaddress.ip_interface(f"{self.address}/{self.prefix}").network)


@dataclass(frozen=True, slots=True)
class DockerFacts:
    """What is known about the container engine, which is Docker or speaks its protocol."""

    version: tuple[int, ...] = ()
    usable: bool = False
    problem: str = ""
    hint: str = ""
    engine: EngineName = "docker"
    """Which engine answered."""


@dataclass(frozen=True, slots=True)
class Host:
    """Facts about this machine that change what a Plan means here."""

    interfaces: tuple[Interface, ...] = (
        Interface("lo", "127.0.0.1", 8, "loopback"),
        Interface("lo", "::1", 128, "loopback"),
    )
    os: Literal["linux", "darwin", "windows"] = "linux"
    arch: str = "x86_64"
    avx: bool = True
    firewall: Literal["", "ufw", "firewalld"] = ""
    selinux: bool = False
    uid: int = 1000
    """The user who runs the wizard; 0 = root."""
    gid: int = 1000
    docker: DockerFacts = DockerFacts()
    engine: EngineName = "docker"
    """The container engine used here, unless the answers name one."""
    podman_too: bool = False
    """Podman is here beside Docker, so there is a choice."""
    memory: int = 0
    """Bytes of main memory; 0 = unknown."""

    @property
    def loopbacks(self) -> tuple[str, ...]:
        """The loopback addresses in use here; only 127.0.0.1 if IPv6 is off."""
        six = any(i.address == "::1" for i in self.interfaces)
        return ("127.0.0.1", "::1") if six else ("127.0.0.1",)

    @property
    def lacks_ipv6(self) -> bool:
        """It has an IPv4 address but no IPv6 address besides ::1: resolvers then leave IPv6 out (AI_ADDRCONFIG)."""
        four = any(i.family == 4 and i.address != "127.0.0.1" for i in self.interfaces)
        return four and not any(i.family == 6 and i.address != "::1" for i in self.interfaces)

    @property
    def own_addresses(self) -> tuple[Interface, ...]:
        """The addresses other machines may use, without loopback, link-local addresses and container bridges."""
        return tuple(i for i in self.interfaces if i.kind in ("private", "public"))


@cache
def interface_kind(name: str, address: str) -> InterfaceKind:
    """Classify an address of this machine by who can reach it."""
    parsed = ipaddress.ip_address(address.split("%")[0])
    if parsed.is_loopback:
        return "loopback"
    if parsed.is_link_local:
        return "link-local"
    if name.startswith(("docker", "br-", "veth", "podman", "cni")):
        return "container"
    return "public" if parsed.is_global else "private"
