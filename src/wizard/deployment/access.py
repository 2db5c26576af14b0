"""Who can connect to an API, and who answers there: every listening socket of every process, as values.

`placement.access` makes them; the map of reach, the paragraph, comparisons, predictions and EXPOSURE.md only read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from wizard.plan import TokenKind

Caller = Literal["you", "local-users", "pages", "containers", "lan", "internet"]
"""Where a connection comes from. `pages`: the browser of somebody on this machine, which speaks HTTP over TCP only."""
CALLERS: tuple[Caller, ...] = ("you", "local-users", "pages", "containers", "lan", "internet")
Way = Literal["address", "container-address", "docker-network", "socket-file"]
"""By an address of this machine, a container's own address, a Docker network they share, or a unix socket's file."""
Listening = Literal["server", "gateway", "relay"]


@dataclass(frozen=True, slots=True)
class Door:
    """One listening socket."""

    process: Listening
    """Who opened it and answers there. The relay hands everything on to an isolated server."""
    address: str
    """What is bound, in the network of that process: an address or `unix:/path`."""
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
    """Callers are meant to come here; otherwise it stands behind the gateway."""
    ipv4_only: bool = False
    """Of "every address" it answers at those of IPv4 alone."""

    def answers_at(self, address: str) -> bool:
        """Whether it answers at an address of this machine."""
        everywhere = "" in self.host_addresses and not (self.ipv4_only and ":" in address)
        return everywhere or address in self.host_addresses

    def way(self, caller: Caller) -> Way | None:
        """How somebody connects, None when they cannot."""
        return next((way for who, way in self.callers if who == caller), None)


@dataclass(frozen=True, slots=True)
class Access:
    """Every door of one API, the one that callers are meant to take first."""

    doors: tuple[Door, ...] = ()

    @property
    def front(self) -> Door | None:
        """The door that callers are meant to take; None where nothing listens for them."""
        return next((door for door in self.doors if door.front), None)

    @property
    def callers(self) -> frozenset[Caller]:
        """Who can connect where callers are meant to come."""
        return frozenset(who for who, _ in self.front.callers) if self.front else frozenset()

    @property
    def address_callers(self) -> frozenset[Caller]:
        """Who connects by an address of this machine, which is how clients are told to."""
        return frozenset(who for who, way in self.front.callers if way == "address") if self.front else frozenset()

    @property
    def past_the_gateway(self) -> tuple[Door, ...]:
        """Doors behind the gateway that anybody but its owner can take."""
        return tuple(door for door in self.doors if not door.front and any(who != "you" for who, _ in door.callers))


NOWHERE = Access()
"""Nothing listens."""
