"""The container engines: their names, and how each differs from the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from wizard.host import EngineName, Host

if TYPE_CHECKING:
    from wizard.plan import Plan

_HUB = "docker.io"


@dataclass(frozen=True, slots=True)
class Engine:
    """Written files, predictions and trials depend only on these fields of an engine.

    Evidence: docs/docker-notes.md and docs/podman-notes.md.
    """

    name: EngineName
    """Its name, which is also its command."""
    title: str
    fact: str
    """The release on which the other fields were measured."""
    compose: bool = True
    """It reads compose.yaml."""
    powershell: bool = True
    """PowerShell scripts can start containers with it."""
    publishes_ipv6: bool = True
    """A port published on an IPv6 address answers there, although the container has no IPv6 address."""
    keeps_apart: bool = True
    """Containers on different networks cannot connect to each other."""
    hides: bool = True
    """It can make a network on which this machine has no address."""
    tmpfs_owner: bool = True
    """A file system in memory can be assigned to an account."""
    own_accounts: bool = False
    """Account numbers in a container differ from those on this machine, unless told to keep the user's."""
    past_the_firewall: bool = True
    """Published ports bypass the machine's own firewall."""
    label: str = ".Label {}"
    """A label in a template for its `ps`; {} is replaced by the label's name in quotes."""
    ports: bool = True
    """Its `ps` can find the container that publishes a port."""

    def image(self, name: str) -> str:
        """The official image with that name, written so that this engine finds it without a configuration for short
        names."""
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


def title(name: EngineName) -> str:
    """The name of an engine for people."""
    return (DOCKER if name == "docker" else PODMAN).title


def engine(plan: Plan, host: Host) -> Engine:
    """The engine that a Plan means on a Host."""
    name = host.engine if plan.run.engine == "auto" else plan.run.engine
    if name == "docker":
        return DOCKER
    return ROOTLESS_PODMAN if host.uid else PODMAN
