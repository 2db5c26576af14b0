"""The container engines: what each is called, and what it does otherwise than the others."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wizard.host import EngineName, Host
from wizard.plan import Plan

_HUB = "docker.io"


@dataclass(frozen=True, slots=True)
class Engine:
    """What is written, foreseen and started depends on this and on nothing else of an engine.

    Evidence: docs/docker-notes.md and docs/podman-notes.md.
    """

    name: EngineName
    """Also its command."""
    title: str
    fact: str
    """With which release the rest was measured."""
    compose: bool = True
    """It reads compose.yaml."""
    powershell: bool = True
    """Scripts of PowerShell start it."""
    publishes_ipv6: bool = True
    """A port published at an IPv6 address answers there, although the container has no such address."""
    keeps_apart: bool = True
    """A container cannot connect to one on another network."""
    hides: bool = True
    """A network can be made on which this machine gets no address."""
    tmpfs_owner: bool = True
    """A file system in memory can be given to an account."""
    own_accounts: bool = False
    """Accounts in a container are others than on this machine, unless it is told to keep its user's."""
    past_the_firewall: bool = True
    """A published port is reached before the machine's own firewall is asked."""
    label: str = ".Label {}"
    """A label, in a template for its `ps`; in place of {} its name in quotes."""
    ports: bool = True
    """Its `ps` finds the container that publishes a port."""

    def image(self, name: str) -> str:
        """The usual image of that name, as this engine finds it without being set up for short names."""
        if self.name == "docker" or not name:
            return name
        first, slash, _ = name.partition("/")
        if slash and ("." in first or ":" in first or first == "localhost"):
            return name
        return f"{_HUB}/{name}" if slash else f"{_HUB}/library/{name}"


DOCKER = Engine("docker", "Docker", "Docker Engine 20.10, measured (docs/docker-notes.md)")
PODMAN = Engine(
    "podman",
    "Podman",
    "Podman 4.3 as root, measured (docs/podman-notes.md)",
    compose=False,
    powershell=False,
    publishes_ipv6=False,
    keeps_apart=False,
    hides=False,
    tmpfs_owner=False,
    label="index .Labels {}",
    ports=False,
)
ROOTLESS_PODMAN = replace(
    PODMAN,
    fact="Podman 4.3 as an ordinary user, measured (docs/podman-notes.md)",
    publishes_ipv6=True,
    own_accounts=True,
    past_the_firewall=False,
)


def engine(plan: Plan, host: Host) -> Engine:
    """The engine that a Plan means on a Host."""
    name = host.engine if plan.run.engine == "auto" else plan.run.engine
    if name == "docker":
        return DOCKER
    return ROOTLESS_PODMAN if host.uid else PODMAN
