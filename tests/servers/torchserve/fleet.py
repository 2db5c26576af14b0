"""The servers that the tests against real TorchServe share, and the plans they run.

Two start at a time, in the order of the tests, while earlier ones are already asked.
"""

from __future__ import annotations

import ipaddress
import os
import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.servers.torchserve.plans import ALL_LOOPBACK, NO_TOKEN, PAGE, deploy
from tests.servers.torchserve.real import LABEL, Server, archive, write_files
from wizard.deployment import Deployment
from wizard.host import Host
from wizard.servers.torchserve.keys import keys

if TYPE_CHECKING:
    from docker import DockerClient

NEW, OLD = "0.12.0", "0.9.0"
APIS = ("inference", "management", "metrics", "grpc", "grpc_management")
ONE_PAGE = {"cors__inference__origins": [PAGE], "cors__management__origins": [PAGE]}
ADJUSTED: dict[str, Any] = {
    "workers": 2,
    "queue": 7,
    "response_timeout": 33,
    "max_request_size": 4096,
    "max_response_size": 5120,
    "netty_threads": 3,
    "netty_client_threads": 5,
    "direct_buffer": True,
    "heap": 300,
}
"""What the open servers are told under `settings`; the newest knows one more."""
ONLY_NEW: dict[str, Any] = {"startup_timeout": 44}
CASES = (
    f"models {NEW}",
    f"models {OLD}",
    f"open {NEW}",
    f"open {OLD}",
    f"token {NEW}",
    f"tls {NEW}",
    f"tls {OLD}",
    f"host {NEW}",
)


def wrong_keys() -> str:
    """Everything that is taken for a key and is none, each with a value that would be noticed."""
    values = {"ts_allowed_urls": ".*", "host": "0.0.0.0"}
    values |= dict.fromkeys(("inference.address", "management.address"), "http://0.0.0.0:1")
    values |= dict.fromkeys(("port", "inference_port", "management_port"), "1")
    switches = ("token", "credentials", "enabled")
    return "".join(
        f"{name}={values.get(name, 'true' if any(word in name for word in switches) else '*')}\n"
        for name in keys().not_keys
    )


class Fleet:
    """Named servers, started on demand of the first test and removed at the end."""

    def __init__(self, client: DockerClient, free_port: Callable[[], int]) -> None:
        self.client = client
        self.network = client.networks.create(f"wizard-test-torchserve-{os.getpid()}", labels={LABEL: "1"})
        self.folder = tempfile.TemporaryDirectory(prefix="ts")
        self.pool = ThreadPoolExecutor(2)
        self.servers: list[Server] = []
        plans = {case: self._plan(case, free_port) for case in CASES}
        self.found: dict[str, Future[Server]] = {
            case: self.pool.submit(self._started, case, plan) for case, plan in plans.items()
        }

    def get(self, case: str) -> Server:
        """A server that answers predictions."""
        return self.found[case].result()

    def _started(self, case: str, deployment: Deployment) -> Server:
        folder = Path(self.folder.name) / case.replace(" ", "-")
        write_files(deployment, folder, "\n" + wrong_keys() if case.startswith("models") else "")
        server = Server(self.client, deployment, folder, str(self.network.name))
        self.servers.append(server)
        return server.wait()

    def _plan(self, case: str, free_port: Callable[[], int]) -> Deployment:
        kind, version = case.split()
        folder = Path(self.folder.name)
        ports = {f"bind__{api}__port": free_port() for api in APIS}
        echo = {"name": "echo", "path": str(archive(folder / "echo.mar"))}
        wishes: dict[str, Any] = {"version": version, "models": [echo], **ALL_LOOPBACK, **ports}
        if kind == "models":
            wishes = {"version": version, "models": [echo, *_models(folder, version)]}
            wishes |= {"bind__inference": {"scope": "loopback", "port": ports["bind__inference__port"]}}
        elif kind == "open":
            wishes |= {**NO_TOKEN, **ONE_PAGE}
            told = ADJUSTED | (ONLY_NEW if version == NEW else {})
            wishes |= {f"settings__{name}": value for name, value in told.items()}
        elif kind == "token":
            wishes |= {"cors__inference__origins": ["*"], "cors__management__origins": ["*"], "gateway__kind": "none"}
            wishes |= {"cors__inference__headers": [], "cors__management__headers": []}
            # Said in so many words: with pages and no gateway, a token that nobody asked for is left off.
            wishes |= {"auth__inference": "server-token", "auth__management": "server-token"}
        elif kind == "tls":
            sockets = folder / case.replace(" ", "-") / "sockets"
            sockets.mkdir(parents=True)
            wishes |= {**NO_TOKEN, "tls__mode": "self-signed"}
            wishes |= {"bind__metrics": {"scope": "socket", "address": f"{sockets}/metrics.sock"}}
        else:
            wishes |= {"run__network": "host", "bind__metrics__scope": "all", "bind__grpc__scope": "all"}
            wishes |= {"bind__inference__scope": "interface", "bind__inference__address": own_address()}
        return deploy(host=Host(uid=os.getuid(), gid=os.getgid()), **wishes)

    def close(self) -> None:
        """Remove every container, also those that are still starting."""
        for future in self.found.values():
            future.cancel()
        self.pool.shutdown()
        for server in self.servers:
            server.remove()
        self.network.remove()
        self.folder.cleanup()


def _models(folder: Path, version: str) -> list[dict[str, str]]:
    """A folder, and for the newest release also an archive with a hostile name and a tar.gz."""
    found = [{"name": "two", "path": str(archive(folder / "plain folder"))}]
    if version == NEW:
        found.append({"name": "hostile", "path": str(archive(folder / "a, b=$$X$$ caf\u00e9.mar"))})
        found.append({"name": "packed", "path": str(archive(folder / "packed.tar.gz"))})
    return found


def own_address() -> str:
    """An IPv4 address of this machine that is not loopback; Docker's bridge has one at least."""
    found = (each.address for addresses in psutil.net_if_addrs().values() for each in addresses)
    return next(a for a in found if "." in a and not ipaddress.ip_address(a).is_loopback)
