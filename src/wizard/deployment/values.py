"""What a Plan becomes on a Host: endpoints, processes, networks and the layer that makes each wish true.

Values only; `placement.resolve` builds them. Artifacts, findings, reach, predictions and the trial all read these
same values, so a file, a warning and a probe can never speak of different things.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from wizard.deployment.access import NOWHERE, Access
from wizard.deployment.engines import Engine, engine
from wizard.host import Host, interface_kind
from wizard.plan import Api, Intent, Plan, Scope, TokenKind

Layer = Literal["native", "publish", "gateway", "impossible"]
ProcessName = Literal["server", "gateway"]
Exposure = Literal["none", "loopback", "lan", "public", "all"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Which layer makes an intent true, or that none can."""

    intent: Intent
    layer: Layer
    reason: str
    """One plain sentence."""
    fact: str
    """Where the reason was measured or read, with the release it was measured on."""
    api: Api | None = None


@dataclass(frozen=True, slots=True)
class CorsAnswers:
    """The CORS policy an endpoint really has, and who answers it."""

    layer: Literal["none", "native", "gateway"] = "none"
    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None
    """Seconds; None = no header is sent."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One API: where it answers on this machine, who answers there, and what it asks of callers."""

    api: Api
    protocol: Literal["http", "grpc"]
    scope: Scope
    decision: Decision
    """Who narrows or widens it to the scope, or that nobody can."""
    host_addresses: tuple[str, ...]
    """Addresses of this machine at which it answers; "" = every address of both families; () = none."""
    host_port: int
    served_by: ProcessName
    inner_address: str
    """What the answering process binds in its own network namespace: an address or `unix:/path`."""
    inner_port: int
    backend_address: str
    """What the server process itself binds, also behind a gateway."""
    backend_port: int
    tls: bool = False
    auth: TokenKind = "none"
    cors: CorsAnswers = CorsAnswers()
    access: Access = NOWHERE
    """Every listening socket of it: who can connect, and who answers."""

    @property
    def layer(self) -> Layer:
        """Who narrows or widens it to the scope."""
        return self.decision.layer

    ipv4_only: bool = False
    """Of "every address" it answers at those of IPv4 alone."""

    @property
    def published(self) -> bool:
        """Whether anything on this machine's own addresses answers."""
        return bool(self.host_addresses)

    @property
    def closed(self) -> bool:
        """Whether it is off, and nobody but the server's own account gets at what listens nevertheless."""
        return self.scope == "off" and not self.access.callers - {"you"}

    @property
    def exposure(self) -> Exposure:
        """The widest audience that its addresses on this machine take in."""
        if "" in self.host_addresses:
            return "all"
        kinds = {interface_kind("", address) for address in self.host_addresses}
        if "public" in kinds:
            return "public"
        if kinds - {"loopback"}:
            return "lan"
        return "loopback" if kinds else "none"

    @property
    def beyond_loopback(self) -> bool:
        """Whether other machines can connect."""
        return self.exposure in ("lan", "public", "all")

    @property
    def near_address(self) -> str:
        """The address to call it by from this machine: the first it answers at, 127.0.0.1 for every address."""
        return next(iter(self.host_addresses), "") or "127.0.0.1"

    @property
    def url(self) -> str:
        """The base URL that a client on this machine (or on that network) uses; "" when nothing is published."""
        if not self.host_addresses:
            return ""
        address = self.near_address
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.host_port}"

    @property
    def place(self) -> str:
        """Where it answers, for a person: every address is said to be that, not shown as one of them."""
        if "" not in self.host_addresses:
            return self.url
        return f"port {self.host_port} on every address of this machine, here {self.url}"

    @property
    def scheme(self) -> str:
        """http, https, grpc or grpcs."""
        return self.protocol + ("s" if self.tls else "")


@dataclass(frozen=True, slots=True)
class Mount:
    """A bind mount. Both sides are held together, so they cannot be confused."""

    source: str
    """Absolute path on this machine, or a path relative to the written files (starts with "./")."""
    target: str
    read_only: bool = True
    secret: bool = False
    """Never copied into an image."""


@dataclass(frozen=True, slots=True)
class Publish:
    """One published port."""

    address: str
    """Address of this machine; "" = every address, IPv4 and IPv6."""
    host_port: int
    container_port: int


@dataclass(frozen=True, slots=True)
class Process:
    """A container, or a native process when `image` is empty."""

    name: ProcessName
    image: str
    command: tuple[str, ...]
    """Arguments after the image; for a native process the program and its arguments."""
    entrypoint: tuple[str, ...] | None = None
    """In place of the image's own; natively, what the command is handed to. None = nothing."""
    environment: tuple[tuple[str, str], ...] = ()
    handed_on: tuple[str, ...] = ()
    """Variables of whoever starts it that it gets too, where they are set. Only their names are written anywhere."""
    user: str = ""
    """Empty = the image's own user."""
    working_dir: str = ""
    mounts: tuple[Mount, ...] = ()
    baked: tuple[Mount, ...] = ()
    """With packaging = "image": what is copied into the image instead of being mounted."""
    tmpfs: tuple[tuple[str, str], ...] = ()
    """Path and mount options."""
    networks: tuple[str, ...] = ()
    publishes: tuple[Publish, ...] = ()
    host_network: bool = False
    read_only_root: bool = True
    memory_mib: int = 2048
    pids: int = 256
    gpu: bool = False
    image_check: bool = True
    """The health check of its image asks where it listens; otherwise it is switched off."""
    isolated: bool = False
    """Native only: run in a network namespace of its own, because the server would listen everywhere."""


@dataclass(frozen=True, slots=True)
class Network:
    """A Docker network of this deployment's own."""

    name: str
    internal: bool
    """No way out, and nothing on it can be published."""
    hidden: bool = False
    """This machine has no address on it either, so no program here reaches a container by the container's address."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A Plan resolved against a Host."""

    plan: Plan
    """Completed: nothing is left to defaults."""
    host: Host
    title: str
    """The server's name for people."""
    endpoints: tuple[Endpoint, ...]
    processes: tuple[Process, ...]
    networks: tuple[Network, ...]
    decisions: tuple[Decision, ...]
    gateway_reasons: tuple[Decision, ...] = field(default=())
    """Why there is a gateway; empty = there is none."""
    presented: bool = False
    """The gateway presents the server's own token, so that nobody else gets past the gateway to the server's port."""
    unvouched: bool = False
    """The user's own certificate was looked at, and no authority that this machine trusts vouches for it."""

    def endpoint(self, api: Api) -> Endpoint | None:
        """The endpoint of an API, None when the server has no such API."""
        return next((e for e in self.endpoints if e.api == api), None)

    def process(self, name: ProcessName) -> Process | None:
        """The process of that name."""
        return next((p for p in self.processes if p.name == name), None)

    @property
    def engine(self) -> Engine:
        """What starts its containers."""
        return engine(self.plan, self.host)

    def kept_apart(self, name: ProcessName) -> bool:
        """Whether a container on another network cannot connect to a process.

        Either the engine sees to it, or the process has no way back to other networks.
        """
        own = {network for process in self.processes if process.name == name for network in process.networks}
        return self.engine.keeps_apart or all(each.internal for each in self.networks if each.name in own)

    @property
    def peers(self) -> str:
        """The containers that connect to its own, by a name for people."""
        if all(self.kept_apart(process.name) for process in self.processes):
            return f"containers on the same {self.engine.title} network"
        return f"containers of this {self.engine.title}"

    @property
    def pair(self) -> tuple[str, str]:
        """Certificate and private key on this machine, as the programs that encrypt are given them.

        What root alone may read is copied for the account in the container, which is not made root for it.
        """
        tls = self.plan.tls
        if tls.mode == "self-signed":
            return "./secrets/tls.crt", "./secrets/tls.key"
        copied = self.host.uid == 0 and self.plan.run.how == "docker"
        return ("./secrets/own.crt", "./secrets/own.key") if copied else (tls.certificate, tls.key)

    @property
    def handed_out(self) -> str:
        """Path of the certificate that callers must be given to trust it, as seen from the written files; "" = none."""
        tls = self.plan.tls
        if tls.mode == "self-signed":
            return "secrets/tls.crt"
        return tls.certificate if tls.mode == "files" and self.unvouched else ""

    @property
    def has_gateway(self) -> bool:
        """Whether a gateway stands in front of the server."""
        return self.process("gateway") is not None

    @property
    def front(self) -> Endpoint | None:
        """The first HTTP endpoint that the gateway serves, None without one."""
        return next((e for e in self.endpoints if e.served_by == "gateway" and e.protocol == "http"), None)

    @property
    def server_token(self) -> bool:
        """Whether the server itself asks for its own token."""
        return self.presented or any(e.auth == "server-token" for e in self.endpoints)
