"""The remedies that several findings offer, each with its label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.deployment.finding import Remedy, remedy

if TYPE_CHECKING:
    from wizard.plan import Api, Patch

GATEWAY_IN_FRONT = remedy("Put the gateway in front", gateway__kind="nginx")
IN_DOCKER = remedy("Run it in Docker", run__how="docker", run__network="bridge")
IN_DOCKER_APART = remedy("Run it in Docker on a network of its own", run__how="docker", run__network="bridge")
OWN_NETWORK = remedy("Use a Docker network of its own", run__network="bridge")
NEWEST_VERSION = remedy("Use the newest version", version="")
NO_TOKEN = remedy("No token", auth__inference="none", auth__management="none")
SELF_SIGNED = remedy("Encrypt it, with a self-signed certificate", tls__mode="self-signed")
SELF_SIGNED_AT_GATEWAY = remedy("Encrypt it at the gateway", tls__mode="self-signed", gateway__kind="auto")


def only_this_machine(api: Api) -> Remedy:
    """Nobody else can connect to an API."""
    return Remedy("Only this machine", _scope(api, "loopback"))


def switched_off(api: Api) -> Remedy:
    """Nobody can connect to an API."""
    return Remedy("Switch it off", _scope(api, "off"))


def not_published(api: Api) -> Remedy:
    """An API is left to the server's own process, and its other answers stay."""
    return Remedy("Do not publish it", ((f"bind.{api}.scope", "off"),))


def no_page(api: Api) -> Remedy:
    """No page may read the answers of an API."""
    return Remedy("Allow no page", ((f"cors.{api}.origins", []),))


def _scope(api: Api, scope: str) -> Patch:
    return ((f"bind.{api}.scope", scope), (f"bind.{api}.address", ""))
