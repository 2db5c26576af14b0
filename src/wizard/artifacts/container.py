"""One description of each container, from which Compose file, run scripts and trial are all made."""

from __future__ import annotations

from dataclasses import dataclass

from wizard.deployment import Deployment, Mount, Process
from wizard.deployment.engines import DOCKER, Engine

CAP_DROP = "ALL"
SECURITY = "no-new-privileges:true"
RESTART = "unless-stopped"
LOG_DRIVER = "json-file"
LOG_SIZE = "5m"
"""Largest log file; a server that logs each request would fill the disk."""
LOG_FILES = 2
KEEP_ID = "keep-id"
"""The user namespace of rootless Podman in which its user has the same number as outside."""
HIDDEN_NETWORK = ("com.docker.network.bridge.inhibit_ipv4", "true")
"""The option of a network on which this machine gets no address (Docker Engine 20.10, measured)."""


@dataclass(frozen=True, slots=True)
class Container:
    """How a process of a Deployment is run in a container, beyond its image and its command."""

    process: Process
    labels: tuple[str, ...]
    """SELinux labels of its mounts: () on machines without SELinux."""
    engine: Engine = DOCKER

    @property
    def memory(self) -> str:
        """Limit of memory, and of memory and swap together."""
        return f"{self.process.memory_mib}m"

    @property
    def tmpfs(self) -> tuple[str, ...]:
        """Writable places in memory, as PATH or PATH:OPTIONS."""
        return tuple(f"{path}:{options}" if options else path for path, options in self.file_systems)

    @property
    def file_systems(self) -> tuple[tuple[str, str], ...]:
        """Path and options.

        If the engine assigns them to no account, every account in the container may write there.
        """
        if self.engine.tmpfs_owner:
            return self.process.tmpfs
        return tuple((path, _without_owner(options)) for path, options in self.process.tmpfs)

    @property
    def user_namespace(self) -> str:
        """How accounts in the container map to accounts of this machine, "" = the engine's default."""
        return KEEP_ID if self.engine.own_accounts and self.process.user else ""

    def mount_options(self, mount: Mount) -> tuple[str, ...]:
        """What follows the target in the short form of a mount."""
        return (*(("ro",) if mount.read_only else ()), *self.labels)


def describe(deployment: Deployment, process: Process) -> Container:
    """The description of a process's container on the Deployment's Host."""
    return Container(process, ("z",) if deployment.host.selinux else (), deployment.engine)


def _without_owner(options: str) -> str:
    kept = [each for each in options.split(",") if each and each.partition("=")[0] not in ("uid", "gid", "mode")]
    return ",".join([*kept, "mode=1777"])
