"""Where this machine's container engines are: Docker's usual place, else Podman's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from wizard.host import EngineName

DOCKER = "/var/run/docker.sock"
_SOCKET = "podman.sock"


def named(engine: Literal["auto", "docker", "podman"] = "auto") -> str:
    """The address of an engine as the SDK needs it, "" = that of Docker, which may not be running."""
    if engine == "podman" or (engine == "auto" and found() == "podman"):
        return os.environ.get("CONTAINER_HOST") or _podman() or os.environ.get("DOCKER_HOST") or _url(_places()[0])
    return os.environ.get("DOCKER_HOST", "")


def found() -> EngineName:
    """The engine used if the answers name none: the one of DOCKER_HOST, else Docker, else Podman.

    Decided by address only; if another engine answers there, that is noticed when it is asked.
    """
    address = os.environ.get("DOCKER_HOST", "")
    path = address.removeprefix("unix://") if address.startswith("unix://") else "" if address else DOCKER
    if path and Path(path).resolve().name == _SOCKET:  # podman-docker puts a link in Docker's place
        return "podman"
    return "podman" if not address and not Path(DOCKER).exists() and _podman() else "docker"


def podman_too() -> bool:
    """Whether Podman is here although Docker is used if the answers name none."""
    return found() == "docker" and bool(_podman())


def remote() -> bool:
    """Whether DOCKER_HOST names an engine on another machine, whose ports and files cannot be looked at from here."""
    host = os.environ.get("DOCKER_HOST", "")
    return host.startswith(("tcp://", "ssh://", "http")) and not any(n in host for n in ("127.0.0.1", "localhost"))


def _podman() -> str:
    """The first of its usual sockets that exists."""
    return next((_url(place) for place in _places() if place.exists()), "")


def _places() -> tuple[Path, ...]:
    """An ordinary user's own sockets, because the files belong to that user; root's for root."""
    uid = os.getuid() if hasattr(os, "getuid") else 0
    own = Path(os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{uid}") / "podman" / _SOCKET
    return (own,) if uid else (Path("/run/podman", _SOCKET), own)


def _url(path: Path) -> str:
    return f"unix://{path}"
