"""Who can connect to an API, and what answers there: every listening socket of every process, as values.

`placement.access` makes them; reach, summary, comparison, prediction and EXPOSURE.md only read them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wizard.plan import TokenKind

Caller = Literal["you", "local-users", "pages", "containers", "lan", "internet"]
"""Where a connection comes from. `pages`: the browser of somebody on this machine, which only speaks HTTP over TCP."""
CALLERS: tuple[Caller, ...] = ("you", "local-users", "pages", "containers", "lan", "internet")
Way = Literal["address", "container-address", "docker-network", "socket-file"]
"""Through an address of this machine, a container's own address, a shared Docker network, or a unix socket's file."""
Listening = Literal["server", "gateway", "relay"]


@dataclass(frozen=True, slots=True)
class Door:
    """One listening socket."""

    process: Listening
    """The process that opened it and answers there. The relay passes everything on to an isolated server."""
    address: str
    """What is bound, in that process's network namespace: an address or `unix:/path`."""
    port: int
    """0 for a unix socket."""
    host_addresses: tuple[str, ...] = ()
    """Addresses of this machine at which it answers; "" = every address of both families."""
    host_port: int = 0
    callers: tuple[tuple[Caller, Way], ...] = ()
    """Who can connect, and how."""
    token: TokenKind = "none"
    """What callers have to present here."""
    front: bool = True
    """Callers are meant to use this socket; otherwise it is behind the gateway."""
    ipv4_only: bool = False
    """Of "every address", it answers only on IPv4 ones."""

    def answers_at(self, address: str) -> bool:
        """Whether it answers on an address of this machine."""
        everywhere = "" in self.host_addresses and not (self.ipv4_only and ":" in address)
        return everywhere or address in self.host_addresses

    def way(self, caller: Caller) -> Way | None:
        """How a kind of caller connects, None if it cannot."""
        for who, way in self.callers:
            if who == caller:
                return way
        return None


@dataclass(frozen=True, slots=True)
class Access:
    """Every door of an API; the one that callers are meant to use comes first."""

    doors: tuple[Door, ...] = ()

    @property
    def front(self) -> Door | None:
        """The door that callers are meant to use; None if nothing listens for them."""
        for door in self.doors:
            if door.front:
                return door
        return None

    @property
    def callers(self) -> frozenset[Caller]:
        """Who can connect where callers are meant to connect."""
        return frozenset(who for who, _ in self.front.callers) if self.front else frozenset()

    @property
    def address_callers(self) -> frozenset[Caller]:
        """Who can connect through an address of this machine, which is what clients are told to use."""
        return frozenset(who for who, way in self.front.callers if way == "address") if self.front else frozenset()

    @property
    def past_the_gateway(self) -> tuple[Door, ...]:
        """Doors behind the gateway that others than their owner can use."""
        return tuple(door for door in self.doors if not door.front and any(who != "you" for who, _ in door.callers))


NOWHERE = Access()
"""Nothing listens."""
