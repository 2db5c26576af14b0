"""The parts of a Plan. Each refuses values that cannot mean anything, in words for the person who typed them."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictStr, field_validator, model_validator

from wizard.cors.origins import canonical_origin
from wizard.fast_start import regex

Api = str
"""An API of a server, by the name its package gives it; the usual ones are in APIS."""
Scope = Literal["loopback", "interface", "all", "internal", "socket", "off"]
TokenKind = Literal["none", "server-token", "gateway-token"]
Audience = Literal["me", "browser", "web-app", "containers", "lan", "internet"]
PAGE_AUDIENCES: frozenset[str] = frozenset({"browser", "web-app"})
OUTSIDE_AUDIENCES: frozenset[str] = frozenset({"lan", "web-app", "internet"})

APIS: tuple[Api, ...] = ("inference", "management", "metrics", "grpc", "grpc_management")
SCOPES: tuple[Scope, ...] = get_args(Scope)

_HEADER_NAME = regex(r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_MODEL_ID = regex(r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,255}\Z")
_LABEL = regex(r"^[A-Za-z0-9_.-]+\Z")
_LABEL_OF_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST_NAME = regex(rf"(?=.{{1,253}}\Z){_LABEL_OF_HOST}(?:\.{_LABEL_OF_HOST})*\Z")
_PART_OF_NAME = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_IMAGE = regex(
    r"(?=.{1,255}\Z)"
    rf"(?:(?=localhost/|[A-Za-z0-9-]+[.:]){_LABEL_OF_HOST}(?:\.{_LABEL_OF_HOST})*(?::[0-9]{{1,5}})?/)?"  # a registry
    rf"{_PART_OF_NAME}(?:/{_PART_OF_NAME})*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{64}|@sha512:[0-9a-f]{128})?\Z"
)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")

_LARGEST = 2**63 - 1
"""Servers read version numbers as signed 64-bit numbers."""
_Version = Annotated[int, Field(ge=0, le=_LARGEST)]
Strings = Annotated[tuple[StrictStr, ...], Field(strict=False)]


def _place(value: str) -> str:
    if any(ch in value for ch in "\0\r\n"):
        raise ValueError("a path cannot contain a line break or NUL")
    return value


class Part(BaseModel):
    """Base of all parts of a Plan: frozen, strict about types, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Model(Part):
    """One model to serve."""

    name: str = Field(description="Name in the URL")
    path: Annotated[str, AfterValidator(_place)] = Field(
        default="",
        min_length=1,
        description="Archive, model folder or SavedModel base path; relative to the answers file",
    )
    id: str | None = Field(
        default=None,
        description="In place of a path: what the server fetches by itself, such as USER/MODEL; where it can",
    )
    versions: Literal["latest", "all"] | Annotated[tuple[_Version, ...], Field(strict=False)] = Field(
        default="latest", description='"latest", "all" or a list of version numbers, where a path holds several'
    )
    labels: dict[str, Annotated[int, Field(le=_LARGEST)]] = Field(
        default={}, description="Label -> version number, where the server knows labels"
    )
    as_version: int | None = Field(
        default=None,
        ge=1,
        le=_LARGEST,
        description="The folder is one version itself; it is mounted as this version number",
    )
    sample: str = Field(default="", description="Body of a request to try, as text; empty = made from the signature")

    @field_validator("name")
    @classmethod
    def _name(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}", value):
            raise ValueError("a model name is letters, digits, '_', '-' and '.', starting with a letter or digit")
        return value

    @field_validator("id")
    @classmethod
    def _id(cls, value: str | None) -> str | None:
        if value is not None and not _MODEL_ID.match(value):
            raise ValueError("an id is letters, digits and ._:/@+- without blanks, such as USER/MODEL")
        return value

    @model_validator(mode="after")
    def _one_source(self) -> Model:
        if not (self.path or self.id):
            raise ValueError("a model needs a path on this machine, or an id that the server fetches")
        if self.path and self.id:
            raise ValueError("a model has a path on this machine or an id that the server fetches, not both")
        return self

    @field_validator("labels")
    @classmethod
    def _labels(cls, value: dict[str, int]) -> dict[str, int]:
        for label in (each for each in value if not _LABEL.match(each)):
            raise ValueError(f"label {label!r}: letters, digits, '_', '-' and '.' only")
        return value


class Run(Part):
    """How the server is run."""

    how: Literal["docker", "native"] = "docker"
    engine: Literal["auto", "docker", "podman"] = "auto"
    image: str = Field(default="", description="Empty = the usual image of the server's version")
    gpu: bool = False
    network: Literal["bridge", "host"] = "bridge"
    packaging: Literal["mount", "image"] = Field(default="mount", description="Model mounted, or baked into an image")

    @field_validator("image")
    @classmethod
    def _image(cls, value: str) -> str:
        if value and not _IMAGE.match(value):
            raise ValueError("not an image name (expected something like name:tag)")
        return value


class Listener(Part):
    """Who may connect to one API."""

    scope: Scope = Field(description="loopback, interface, all, internal (containers only), socket or off")
    address: str = Field(
        default="", description='With scope = "interface" an IP address, or several with commas; with "socket" a path'
    )
    port: int | None = Field(default=None, ge=1, le=65535, description="Port on this machine; empty = the usual one")

    @property
    def addresses(self) -> tuple[str, ...]:
        """The addresses of scope = "interface", in the given order; () for any other scope."""
        return tuple(part.strip() for part in self.address.split(",")) if self.scope == "interface" else ()

    @model_validator(mode="after")
    def _address_fits(self) -> Listener:
        if self.scope == "interface":
            if not self.address:
                raise ValueError(
                    'scope = "interface" needs an address of this machine, for example address = "10.0.0.5"'
                )
            _check_interfaces(self.addresses)
        elif self.scope == "socket":
            if not self.address.startswith("/") or len(self.address.encode()) > 107:
                raise ValueError('scope = "socket" needs an absolute path of at most 107 bytes as address')
        elif self.address:
            raise ValueError(f'address goes with scope = "interface" or "socket", not with "{self.scope}"')
        return self


def _check_interfaces(addresses: tuple[str, ...]) -> None:
    """Loopback can be combined with other addresses, but not given alone. Raises ValueError."""
    parsed = [_ip(address) for address in addresses]
    if unspecified := next((each for each in parsed if each.is_unspecified), None):
        raise ValueError(f'{unspecified} means every interface: write scope = "all"')
    if all(each.is_loopback for each in parsed):
        raise ValueError(f'{", ".join(addresses)} means this machine only: write scope = "loopback"')
    if twice := next((each for each in parsed if parsed.count(each) > 1), None):
        raise ValueError(f"{twice} stands in the list twice")


def _ip(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(address)
    except ValueError as problem:
        raise ValueError(f"{problem}; `serving-wizard doctor` lists those of this machine") from None


class ByApi(Part):
    """One value for each API. A server may declare other APIs than the usual ones; they are stored next to these."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    def of(self, api: Api) -> Any:
        """The value for an API; None if it has none. As an attribute it would cost an exception."""
        return self.__dict__.get(api, (self.__pydantic_extra__ or {}).get(api))


class Bind(ByApi):
    """A Listener for each API; None = not mentioned."""

    __pydantic_extra__: dict[str, Listener | None] = Field(init=False)

    inference: Listener | None = None
    management: Listener | None = None
    metrics: Listener | None = None
    grpc: Listener | None = None
    grpc_management: Listener | None = None


class CorsRule(Part):
    """Which web pages may read the answers of one API."""

    origins: Strings = Field(default=(), description='[] = none, ["*"] = any')
    methods: Strings = ("GET", "POST")
    headers: Strings = ("content-type",)
    credentials: bool = Field(default=False, description="May pages send cookies")
    max_age: int = Field(default=600, ge=0, le=86400, description="Seconds a browser may remember a preflight answer")

    @field_validator("origins")
    @classmethod
    def _origins(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in values and len(values) > 1:
            raise ValueError('"*" already means every origin; leave it alone on the list or remove it')
        if not values or "*" in values:
            return values
        found: dict[str, None] = {}
        for value in values:
            verdict = canonical_origin(value)
            if not verdict.accepted or verdict.value is None:
                fix = f' (write "{verdict.fix}")' if verdict.fix else ""
                raise ValueError(f"{value!r} cannot stand in a list of origins: {verdict.problem}{fix}")
            found[verdict.value] = None
        return tuple(found)

    @field_validator("methods")
    @classmethod
    def _methods(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        upper = tuple(dict.fromkeys(value.upper() for value in values))
        for value in upper:
            if value not in METHODS:
                raise ValueError(f"{value!r} is not one of {', '.join(METHODS)}")
        return upper

    @field_validator("headers")
    @classmethod
    def _headers(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not _HEADER_NAME.match(value):
                raise ValueError(f"{value!r} is not a header name")
        return tuple(dict.fromkeys(value.lower() for value in values))


class Cors(ByApi):
    """A CorsRule for each API that speaks HTTP to browsers."""

    __pydantic_extra__: dict[str, CorsRule] = Field(init=False)

    inference: CorsRule = CorsRule()
    management: CorsRule = CorsRule()


class Auth(ByApi):
    """What callers must present; None = not mentioned."""

    __pydantic_extra__: dict[str, TokenKind | None] = Field(init=False)

    inference: TokenKind | None = None
    management: TokenKind | None = None


class Tls(Part):
    """Encryption of what leaves this machine."""

    mode: Literal["off", "files", "self-signed"] = Field(default="off", description="self-signed is for trials only")
    certificate: Annotated[str, AfterValidator(_place)] = ""
    key: Annotated[str, AfterValidator(_place)] = ""

    @model_validator(mode="before")
    @classmethod
    def _given(cls, data: Any) -> Any:
        """Naming both files without a mode means that they should be used."""
        if isinstance(data, dict) and "mode" not in data and data.get("certificate") and data.get("key"):
            return {**data, "mode": "files"}
        return data

    @model_validator(mode="after")
    def _files(self) -> Tls:
        if self.mode == "files" and not (self.certificate and self.key):
            raise ValueError('mode = "files" needs both certificate and key, each the path of a PEM file')
        return self


class Gateway(Part):
    """The generated reverse proxy in front of the server."""

    kind: Literal["auto", "nginx", "none"] = Field(default="auto", description="auto = only if something needs it")
    names: Strings = Field(default=(), description="Host names under which clients call it, besides the addresses")
    max_body_mib: int = Field(default=8, ge=1, le=2048, description="Largest accepted request body, MiB")
    requests_per_second: int = Field(default=20, ge=1, le=100_000, description="Per client address")

    @field_validator("names")
    @classmethod
    def _names(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not _HOST_NAME.match(value):
                raise ValueError(f"{value!r} is not a host name")
        return tuple(dict.fromkeys(value.lower() for value in values))
