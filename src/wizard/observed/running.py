"""A server that runs on this machine, as far as the system and the container engine tell."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Socket(NamedTuple):
    """A TCP socket in the listening state, where the process runs."""

    address: str
    """0.0.0.0 or :: = every address."""
    port: int

    @property
    def loopback(self) -> bool:
        """Whether nothing outside its network namespace can reach it."""
        return self.address.startswith("127.") or self.address == "::1"

    @property
    def everywhere(self) -> bool:
        """Whether it listens on every address."""
        return self.address in ("0.0.0.0", "::")


class Published(NamedTuple):
    """A port of this machine that the engine forwards into a container."""

    address: str
    port: int
    inside: int


class JoinedNetwork(NamedTuple):
    """An engine network that a container has joined."""

    name: str
    address: str
    """The container's address, "" if it has none there."""
    from_here: bool
    """This machine has an address there too, so its programs can reach the container."""


class RunningServer(NamedTuple):
    """One process or container, and how it was started."""

    kind: Literal["process", "container"]
    name: str
    """The container's name, or the program's."""
    number: str
    """The process id, or the container's id, shortened."""
    command: tuple[str, ...]
    """The command line that starts the same again, without the values of secrets."""
    variables: tuple[tuple[str, str], ...] = ()
    """Environment of a process; that of a container is in its command line."""
    folder: str = ""
    """Working folder of a process."""
    sockets: tuple[Socket, ...] | None = None
    """None: this user may not see them."""
    published: tuple[Published, ...] = ()
    networks: tuple[JoinedNetwork, ...] = ()
    shares_network: bool = False
    """It listens on this machine's own addresses."""
    joins: str = ""
    """The container whose network it uses; `published` and `networks` are that one's."""
    launcher: bool = False
    """It starts the program that serves, and may wait for it."""

    @property
    def place(self) -> str:
        """The name used in reports and by other commands."""
        return f"{self.kind}:{self.name if self.kind == 'container' else self.number}"
