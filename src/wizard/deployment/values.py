"""What a Plan becomes on a Host: endpoints, processes, networks and the layer that grants each wish.

Values only; `placement.resolve` builds them. Artifacts, findings, reach, predictions and the trial all read these same
values, so a file, a warning and a probe always describe the same deployment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from wizard.deployment.access import NOWHERE, Access
from wizard.deployment.engines import Engine
from wizard.deployment.own_files import COPIED_PAIR, TRIAL_PAIR
from wizard.host import Host, interface_kind
from wizard.plan import Api, Intent, Plan, Scope, TokenKind

Layer = Literal["native", "publish", "gateway", "impossible"]
ProcessName = Literal["server", "gateway"]
Exposure = Literal["none", "loopback", "lan", "public", "all"]


@dataclass(frozen=True, slots=True)
class Decision:
    """Which layer grants an intent, or that none can."""

    intent: Intent
    layer: Layer
    reason: str
    """One plain sentence."""
    fact: str
    """Where the reason was measured or read, with the release it was measured on."""
    api: Api | None = None


@dataclass(frozen=True, slots=True)
class CorsAnswers:
    """The CORS policy an endpoint really has, and what implements it."""

    layer: Literal["none", "native", "gateway"] = "none"
    origins: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    credentials: bool = False
    max_age: int | None = None
    """Seconds; None = no header is sent."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One API: where it answers on this machine, what answers there, and what it asks of callers."""

    api: Api
    protocol: Literal["http", "grpc"]
    scope: Scope
    decision: Decision
    """The layer that limits or opens it to the scope, or that none can."""
    host_addresses: tuple[str, ...]
    """Addresses of this machine on which it answers; "" = every IPv4 and IPv6 address; () = none."""
    host_port: int
    served_by: ProcessName
    inner_address: str
    """What the answering process binds in its own network namespace: an address or `unix:/path`."""
    inner_port: int
    backend_address: str
    """What the server process itself binds, even behind a gateway."""
    backend_port: int
    tls: bool = False
    auth: TokenKind = "none"
    cors: CorsAnswers = CorsAnswers()
    access: Access = NOWHERE
    """Every listening socket of it: who can connect, and what answers."""

    @property
    def layer(self) -> Layer:
        """The layer that limits or opens it to the scope."""
        return self.decision.layer

    ipv4_only: bool = False
    """Of "every address", it answers only on IPv4 ones."""

    @property
    def published(self) -> bool:
        """Whether anything answers on this machine's own addresses."""
        return bool(self.host_addresses)

    @property
    def closed(self) -> bool:
        """Whether it is off, and only the server's own account can reach what listens nevertheless."""
        return self.scope == "off" and not self.access.callers - {"you"}

    @property
    def exposure(self) -> Exposure:
        """The widest audience that can reach its addresses on this machine."""
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
        """The address for calls from this machine: the first on which it answers, 127.0.0.1 if it answers on every
        address."""
        return next(iter(self.host_addresses), "") or "127.0.0.1"

    @property
    def url(self) -> str:
        """The base URL for a client on this machine (or on that network); "" if nothing is published."""
        if not self.host_addresses:
            return ""
        address = self.near_address
        host = f"[{address}]" if ":" in address else address
        return f"{self.scheme}://{host}:{self.host_port}"

    @property
    def place(self) -> str:
        """Where it answers, for a person; "every address" is written as such."""
        if "" not in self.host_addresses:
            return self.url
        return f"port {self.host_port} on every address of this machine, here {self.url}"

    @property
    def scheme(self) -> str:
        """http, https, grpc or grpcs."""
        return self.protocol + ("s" if self.tls else "")


@dataclass(frozen=True, slots=True)
class Mount:
    """A bind mount. Both sides are kept together so that they cannot be confused."""

    source: str
    """Absolute path on this machine, or a path relative to the written files (begins with "./")."""
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
    """Replaces the image's own entrypoint; natively, the program that the command is passed to. None = nothing."""
    environment: tuple[tuple[str, str], ...] = ()
    handed_on: tuple[str, ...] = ()
    """Variables that are passed on from the caller's environment if set. Only their names are written to files."""
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
    """The image's own health check asks where this process listens; otherwise it is switched off."""
    isolated: bool = False
    """Native only: run in its own network namespace, because the server would listen everywhere."""
    notes: tuple[tuple[str, str], ...] = ()
    """What a reader of written files cannot guess: a variable, path, argument, or key of Compose, and why it is set."""


@dataclass(frozen=True, slots=True)
class Network:
    """A Docker network that belongs to this deployment."""

    name: str
    internal: bool
    """It has no way out, and no ports can be published on it."""
    hidden: bool = False
    """This machine has no address on it either, so programs here cannot reach a container by its own address."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """A Plan resolved against a Host."""

    plan: Plan
    """Completed: nothing is left to defaults."""
    host: Host
    engine: Engine
    """The engine that starts its containers."""
    title: str
    """The server's name for people."""
    endpoints: tuple[Endpoint, ...]
    processes: tuple[Process, ...]
    networks: tuple[Network, ...]
    decisions: tuple[Decision, ...]
    gateway_reasons: tuple[Decision, ...] = field(default=())
    """Why there is a gateway; empty = there is none."""
    presented: bool = False
    """The gateway presents the server's own token, so that nobody else can bypass the gateway and use the server's
    port."""
    unvouched: bool = False
    """The user's own certificate was checked, and no authority that this machine trusts signed it."""

    def socket(self, api: Api) -> str:
        """The unix socket that an API answers at, as a path on this machine; "" = none."""
        listener = self.plan.listener(api)
        return listener.address if listener is not None and listener.scope == "socket" else ""

    def endpoint(self, api: Api) -> Endpoint | None:
        """The endpoint of an API; None if the server has no such API."""
        for endpoint in self.endpoints:
            if endpoint.api == api:
                return endpoint
        return None

    def process(self, name: ProcessName) -> Process | None:
        """The process with that name."""
        for process in self.processes:
            if process.name == name:
                return process
        return None

    def kept_apart(self, name: ProcessName) -> bool:
        """Whether containers on other networks cannot connect to a process: the engine prevents it, or the process
        has no way back to other networks."""
        if self.engine.keeps_apart:
            return True
        own = {network for process in self.processes if process.name == name for network in process.networks}
        return all(each.internal for each in self.networks if each.name in own)

    @property
    def peers(self) -> str:
        """Containers that connect to the server's own container, by a name for people."""
        if all(self.kept_apart(process.name) for process in self.processes):
            return f"containers on the same {self.engine.title} network"
        return f"containers of this {self.engine.title}"

    @property
    def pair(self) -> tuple[str, str]:
        """Certificate and private key on this machine, as given to the programs that encrypt.

        A key that only root can read is copied for the account in the container, so that the container need not run as
        root.
        """
        tls = self.plan.tls
        if tls.mode == "self-signed":
            return TRIAL_PAIR
        copied = self.host.uid == 0 and self.plan.contained
        return COPIED_PAIR if copied else (tls.certificate, tls.key)

    @property
    def handed_out(self) -> str:
        """Path of the certificate that callers must be given in order to trust it, relative to the written files; ""
        = none."""
        tls = self.plan.tls
        if tls.mode == "self-signed":
            return "secrets/tls.crt"
        return tls.certificate if tls.mode == "files" and self.unvouched else ""

    @property
    def has_gateway(self) -> bool:
        """Whether there is a gateway in front of the server."""
        return self.process("gateway") is not None

    @property
    def front(self) -> Endpoint | None:
        """The first HTTP endpoint that the gateway serves; None if there is none."""
        return next((e for e in self.endpoints if e.served_by == "gateway" and e.protocol == "http"), None)

    @property
    def server_token(self) -> bool:
        """Whether the server itself asks for its own token."""
        return self.presented or any(e.auth == "server-token" for e in self.endpoints)
