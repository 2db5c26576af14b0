"""TorchServe's own data about what was read, and the numbers and names that its rules share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from wizard.fast_start import regex
from wizard.servers.torchserve.knowledge import knowledge
from wizard.servers.torchserve.reading.config import Config
from wizard.servers.torchserve.reading.overriding import FLAGS
from wizard.servers.version_given import release
from wizard.severity import Severity

if TYPE_CHECKING:
    from wizard.observed.start import Start
    from wizard.servers.torchserve.reading.launch import Launch, TypedFlag

IMAGE_HOME = "/home/model-server"
IMAGE_CONFIG = f"{IMAGE_HOME}/config.properties"
NEWEST = release(knowledge().versions[0])
TOO_HIGH = 65_535
"""The first port number that is refused."""
TOKEN_SINCE, GRPC_ADDRESS_SINCE, WORKFLOW_KEY_SINCE = (
    release(knowledge().since[each]) for each in ("token", "grpc_addresses", "workflow_store_key")
)
ADDRESS = regex(r"(?i)(https?)://([^:/]+)(?::([0-9]+))?|(unix):/.*")

Where = Literal["alone", "machine", "container", "pod"]
OffBy = Literal["", "flag", "file", "variable", "image", "release"]
"""What switches the token off, "" if it is on."""


class ListeningApi(NamedTuple):
    """One API, as its address is written and judged in config.properties."""

    key: str
    """The key of its address."""
    title: str
    port: int
    """The usual one."""
    what: str
    """What a caller can do, as a part of a sentence."""
    severity: Severity
    """If it is open on every interface."""
    in_pod: Severity | None = None
    """The same in a pod, which others reach by its own address only; None = nothing to say."""

    @property
    def port_key(self) -> str:
        """The key of its port, if it is a gRPC API: the others have theirs in the address."""
        return self.key.replace("_address", "_port")


_USES = "anyone who connects can use the models"
APIS = {
    "inference": ListeningApi("inference_address", "inference API", 8080, _USES, "medium", "low"),
    "management": ListeningApi(
        "management_address",
        "management API",
        8081,
        "anyone who connects can stop models and store files, and run code if models can be added",
        "high",
        "medium",
    ),
    "metrics": ListeningApi("metrics_address", "metrics page", 8082, "it never asks for a key", "low"),
    "grpc": ListeningApi("grpc_inference_address", "gRPC inference API", 7070, _USES, "medium", "low"),
    "grpc_management": ListeningApi(
        "grpc_management_address",
        "gRPC management API",
        7071,
        "it can do what the management API can",
        "high",
        "medium",
    ),
}


class Seen(NamedTuple):
    """TorchServe's own data about what was read."""

    start: Start | None
    config: Config | None
    """The configuration file, if it was read."""
    config_hidden: bool
    """The configuration file was not read, so settings are unknown."""
    launch: Launch | None
    release: tuple[int, ...]
    where: Where
    token: bool | None
    """Whether callers must present a key; None = a file that was not read decides."""
    token_off_by: OffBy
    addresses: dict[str, tuple[str, int]]
    """api -> (address, port), as far as known."""
    store_flag: bool
    models_flag: bool
    fronted: bool
    """There is a gateway in front of the inference API."""

    @property
    def version(self) -> str:
        """The release as it is written."""
        return ".".join(map(str, self.release))

    @property
    def unpublished(self) -> bool:
        """It runs in a container with a network of its own, of which no port is published."""
        start = self.start
        return self.where == "container" and start is not None and start.network != "host" and not start.publishes

    def flag(self, name: str) -> TypedFlag | None:
        """The last flag with a name, None if a variable overrides it."""
        found = self.launch.flag(name) if self.launch else None
        beaten = self.config and FLAGS.get(name) in (*self.config.overriding, *self.config.unknown)
        return None if beaten else found
