"""What an adapter is: what each version of a server can do, how it is configured, and what it will answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from wizard.servers.facts import Fact

if TYPE_CHECKING:  # a file is read without any of it, and without pydantic
    from pathlib import Path

    from wizard.deployment import Deployment, Endpoint, Process
    from wizard.deployment.finding import Catalogue, Finding
    from wizard.host import Host
    from wizard.plan import Api, Listener, Plan
    from wizard.servers.exchanges import RecordedExchange
    from wizard.servers.files import ConfigFile
    from wizard.servers.model_formats import ModelFormats
    from wizard.servers.requests import Does, ExpectedAnswer, Request, Route


@dataclass(frozen=True, slots=True)
class Abilities:
    """What one version of a server can do by itself. All of it is data in the adapter's knowledge file."""

    binds_http: bool
    """Its HTTP APIs can be bound to a chosen address."""
    binds_grpc: bool
    """Its gRPC API can be bound to a chosen address."""
    binds_ipv6: bool
    """It accepts an IPv6 address to bind."""
    grpc_off: Literal["socket", "loopback", "never"]
    """How gRPC is kept from everyone: moved to a unix socket, bound to loopback, or not at all."""
    http_socket: bool
    """Its HTTP APIs can listen on a unix socket."""
    cors_origins: Literal["none", "any", "one"]
    """What its own CORS can express: nothing; any origin only; any origin or exactly one."""
    cors_methods: tuple[str, ...]
    """Methods its own CORS can allow; () = free choice."""
    cors_headers: tuple[str, ...]
    """Request headers its own CORS can allow; () = free choice."""
    cors_shared: bool
    """It has one CORS policy for all its HTTP APIs."""
    token: bool
    """It can ask for a token of its own (one switch for all its APIs)."""
    tls_http: bool
    tls_grpc: bool
    facts: dict[str, Fact]
    """Ability name -> the fact it rests on."""
    unverified: bool = False
    """No server of this release was examined; it is assumed to behave like the newest one that was."""
    tls_keys: tuple[str, ...] = ()
    """Kinds of private keys that its own TLS can use, such as RSA; () = all usual ones."""
    tls_files_apart: bool = False
    """Its own TLS cannot use a certificate's file that also holds a key, nor a key's file that holds anything else."""
    http_ipv6_by_address: bool = False
    """When it listens on every address, it leaves out IPv6 on a machine with IPv4 addresses and no IPv6 address but
    ::1."""
    binds_several: bool = False
    """It can listen on several addresses at once; a fact with this name says what it does with a list."""
    token_given: bool = False
    """Its token is one that we make and pass to it in a file; otherwise it makes its own."""
    token_minutes: int = 0
    """How long a token it makes itself is valid; 0 = as long as it runs."""
    token_leaves: str = ""
    """What it answers without its token all the same, in words."""
    token_preflights: bool = False
    """Preflights pass without its token, so that pages can present one."""

    @classmethod
    def of(cls, fields: Mapping[str, Any], facts: dict[str, Fact]) -> Abilities:
        """From a table of a knowledge file."""
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in fields.items()}
        return cls(**values, facts=facts)


@dataclass(frozen=True, slots=True)
class ApiSpec:
    """One API of a server."""

    api: Api
    protocol: Literal["http", "grpc"]
    port: int
    """The default port, in the container and on the host."""
    default: Listener
    """The safe default in a container when the Plan does not mention it."""
    native_default: Listener
    """The same for a native run."""
    about: str
    """What it is for, and what callers can do with it: the sentences below the question who may connect."""
    probe_path: str = "/"
    """One of its paths that answers GET if all is well."""
    does: tuple[Does, ...] = field(kw_only=True)
    """What anyone who reaches it (with its token) can make the server do."""
    browser_callable: bool = False
    """Web pages may call it: it has a CORS rule of its own."""
    token_group: Api | None = None
    """The API whose answer under `auth` applies to it; None = it never asks for a token."""
    shares_listener_with: Api | None = None
    """The API on whose listener the server serves it; None = it has its own listener."""
    always_listens: bool = False
    """The server opens its listener even if nobody is meant to reach it."""
    guarded_path: str = ""
    """A path for GET that needs a token, if `probe_path` does not; "" = that one needs it too."""

    @property
    def can_run_code(self) -> bool:
        """Whether callers can make the server run their own code."""
        return "run-code" in self.does


@dataclass(frozen=True, slots=True)
class Sample:
    """The tiny model that comes with a server."""

    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Program:
    """A program that a run without a container needs."""

    name: str
    use: str
    """What it is for: "only for ..."."""


@dataclass(frozen=True, slots=True)
class Emulator:
    """A replacement for a server's program that is not installed. It is always labelled as such."""

    program: str
    """The name of the program it replaces."""
    module: str
    """Run as `python -m`."""


@dataclass(frozen=True, slots=True)
class KnownSetting:
    """Something that can be in a server's configuration file or on its command line, or is often mistaken for it."""

    kind: str
    """What it is, after the server's name; "wrong spelling" for something often mistaken for a setting."""
    name: str
    meaning: str
    does: str
    """What the server does with it."""
    evidence: str
    link: str
    risk: str = ""
    instead: str = ""
    """What to write instead."""
    also: tuple[str, ...] = ()
    """Other spellings."""
    file: str = ""
    """The file it belongs in, if the kind does not say."""
    limits: str = ""
    """Which releases know it, in a sentence; "" if all do."""


class Adapter(Protocol):
    """One server. A new server is one class that inherits from this, one knowledge file and its tests.

    Whatever has a default here describes a server without that feature, whose class leaves it out. A class may also
    have `adjustable`, a tuple of `plan.settings.Adjustable`: settings that answers can give and that do not affect who
    reaches the server.
    """

    id: str
    title: str
    versions: tuple[str, ...]
    """Newest first."""
    apis: tuple[ApiSpec, ...]
    content_type: str = "application/json"
    """Content-Type of a prediction request."""
    models: ModelFormats
    sample: Sample
    programs: tuple[Program, ...]
    """What must be installed for a run without a container."""
    native_hint: str
    """What a trial without a container runs, as a clause."""
    emulator: Emulator | None = None
    finding_texts: Catalogue
    """The texts of its own findings; a text under the id of a general finding replaces the general one."""
    log_noise: str = ""
    """Regular expression of log lines that are of no interest to a person, "" if there are none."""

    def abilities(self, version: str) -> Abilities:
        """What this version can do by itself. Raises WizardError for an unknown version."""

    def default_auth(self, version: str) -> Literal["none", "server-token"]:
        """The safe default for `auth.*` if the Plan does not mention it."""
        return "none"

    def image(self, version: str, gpu: bool) -> str:
        """The official image of a version, with a fixed tag."""

    def process(self, deployment: Deployment) -> Process:
        """How the server process is run, without networks and publishes (`resolve` adds those)."""

    def image_for(self, plan: Plan) -> str:
        """The image of this (completed) Plan: the one it names, else the official one."""
        return plan.run.image or self.image(plan.version, plan.run.gpu)

    def config_files(self, deployment: Deployment) -> tuple[ConfigFile, ...]:
        """The server's own configuration files."""

    def answer(self, deployment: Deployment, endpoint: Endpoint, request: Request) -> ExpectedAnswer:
        """What the server process itself will answer (not the gateway) to a request on one of its APIs."""

    def replay(self, exchange: RecordedExchange) -> ExpectedAnswer:
        """What the server, started as recorded, would answer to a recorded request; status 0 = never anything."""

    def sample_body(self, model: str) -> str:
        """Body of a prediction request for a model about which nothing is known."""

    def predict_path(self, model: str) -> str:
        """Path of a prediction request of the inference API."""

    def token_file(self, deployment: Deployment) -> str | None:
        """The file with its keys, made by it or given to it (path in its container, or relative natively); None if
        there are none."""
        return None

    def given_token_file(self, deployment: Deployment) -> str | None:
        """The file, relative to the written files, with a token that we make and the server is given."""
        return None

    def own_tokens(self, deployment: Deployment, text: str) -> dict[Api, str]:
        """API -> token that callers present, from the text of `token_file`; {} while it is incomplete.

        A trial calls with these tokens, so a server that is given its token has to return it here as well.
        """
        return {}

    def token_pattern(self, api: Api) -> str:
        """Where an API's token is in the text of `token_file` joined into one line: a regular expression with the
        token as its only group, with the same meaning in `sed -E`, Python and .NET. "" = the file's first line is the
        token."""
        return ""

    def unsuited(self, host: Host) -> str:
        """Why its official image may not run on this machine, "" if nothing speaks against it."""
        return ""

    def gateway_routes(self, deployment: Deployment) -> tuple[Route, ...]:
        """What a gateway may forward: everything else is 404."""

    def settings(self) -> Iterable[KnownSetting]:
        """Every key, flag and field it knows, and names often mistaken for them."""

    def findings(self, deployment: Deployment) -> Iterable[Finding]:
        """Its own implications; those that any server can have are derived from the rest of this class."""
        return ()

    def impossible(self, plan: Plan) -> tuple[Fact, ...]:
        """Wishes in this (completed) Plan that neither this server, Docker nor a gateway can grant, such as several
        models, versions or labels if the server knows none. What is not refused here counts as granted."""
        return ()
