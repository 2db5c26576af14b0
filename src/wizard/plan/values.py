"""The Plan: what the user decided and nothing else, as one frozen value.

A missing field means "the server's safe default"; `placement.defaults.complete` fills it in. Sets of answers that are
each valid but cannot work together are not refused here: they are findings.
"""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from wizard import registry
from wizard.fast_start import regex
from wizard.plan import settings
from wizard.plan.intents import Intent
from wizard.plan.parts import (
    Api,
    Audience,
    Auth,
    Bind,
    ByApi,
    Cors,
    CorsRule,
    Gateway,
    Listener,
    Model,
    Part,
    Run,
    Scope,
    Strings,
    Tls,
)
from wizard.plan.settings import Settings

_NO_PAGES = CorsRule()
_VERSION = regex(r"^[A-Za-z0-9][A-Za-z0-9._+-]{0,63}\Z")


class Plan(Part):
    """All decisions of the user."""

    schema_: Literal[1] = Field(default=1, alias="schema", description="Version of this file's format")
    server: str = Field(json_schema_extra=lambda schema: schema.update(enum=list(registry.names())))
    version: str = Field(default="", description="Empty = the newest version this program knows")
    audiences: Annotated[tuple[Audience, ...], Field(strict=False)] = Field(
        default=(), description="Who is meant to call it; the other answers were proposed from this"
    )
    accepted: Strings = Field(
        default=(),
        description="High and critical findings that were confirmed, as ID@API; an id alone: for every open API",
    )
    models: Annotated[tuple[Model, ...], Field(strict=False)] = ()
    run: Run = Run()
    settings: Settings = Field(default=Settings(), description="Of the server itself, besides who reaches it")
    bind: Bind = Bind()
    cors: Cors = Cors()
    auth: Auth = Auth()
    tls: Tls = Tls()
    gateway: Gateway = Gateway()

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _apis(cls, data: Any) -> Any:
        """Refuse tables of APIs that are neither usual nor the server's own, each at its place."""
        server = data.get("server") if isinstance(data, dict) else None
        if not isinstance(server, str) or server not in registry.names():
            return data
        usual: dict[str, type[ByApi]] = {"bind": Bind, "cors": Cors, "auth": Auth}
        odd = {
            (part, api): value
            for part, kind in usual.items()
            if isinstance(data.get(part), dict)
            for api, value in data[part].items()
            if api not in kind.model_fields
        }
        own = {spec.api for spec in registry.adapter(server).apis} if odd else set()
        errors = [
            InitErrorDetails(type="extra_forbidden", loc=loc, input=v) for loc, v in odd.items() if loc[1] not in own
        ]
        if errors:
            raise ValidationError.from_exception_data("Plan", errors)
        return data

    @model_validator(mode="before")
    @classmethod
    def _settings(cls, data: Any) -> Any:
        """Refuse settings that the server does not declare, and values that it does not accept, each at its place."""
        server, given = (data.get("server"), data.get("settings")) if isinstance(data, dict) else (None, None)
        given = given.given if isinstance(given, Settings) else given
        if not isinstance(given, dict) or not given or not isinstance(server, str) or server not in registry.names():
            return data
        known, title = settings.declared(server), registry.adapter(server).title
        judged = ((name, v, settings.refusal(name, v, known, title)) for name, v in given.items())
        errors = [
            InitErrorDetails(
                type=PydanticCustomError("setting", "{why}", found._asdict()), loc=("settings", name), input=value
            )
            for name, value, found in judged
            if found is not None
        ]
        if errors:
            raise ValidationError.from_exception_data("Plan", errors)
        return data

    @field_validator("schema_", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        if type(value) is not int:  # true and 1.0 are equal to 1
            raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": "1"})
        return value

    @field_validator("server")
    @classmethod
    def _server(cls, value: str) -> str:
        if value in registry.broken():
            raise ValueError(f"the server {value} cannot be had: {registry.broken()[value]}")
        if value not in registry.names():
            expected = " or ".join(f"'{name}'" for name in registry.names())
            raise PydanticCustomError("literal_error", "Input should be {expected}", {"expected": expected})
        return value

    @field_validator("version")
    @classmethod
    def _version(cls, value: str) -> str:
        if value and not _VERSION.match(value):
            raise ValueError("a version is letters, digits, '.', '_', '-' and '+', such as 0.12.0")
        return value

    @field_validator("models")
    @classmethod
    def _unique(cls, values: tuple[Model, ...]) -> tuple[Model, ...]:
        for name, count in Counter(model.name for model in values).items():
            if count > 1:
                raise ValueError(f"two models are called {name!r}; each needs a name of its own")
        return values

    @property
    def native(self) -> bool:
        """Whether the server runs as a process on this machine, without a container."""
        return self.run.how == "native"

    @property
    def contained(self) -> bool:
        """Whether the server runs in a container."""
        return self.run.how == "docker"

    @property
    def bridged(self) -> bool:
        """Whether the server runs in a container with a network of its own."""
        return self.contained and self.run.network == "bridge"

    def listener(self, api: Api) -> Listener | None:
        """The Listener of an API, None if it was not mentioned."""
        listener: Listener | None = getattr(self.bind, api, None)
        return listener

    def cors_rule(self, api: Api) -> CorsRule:
        """The CORS rule of an API; APIs without their own have the empty rule."""
        rule: CorsRule | None = self.cors.of(api)
        return _NO_PAGES if rule is None else rule

    def reachable(self, api: Api) -> bool:
        """Whether anybody outside the server's own process namespace is meant to reach an API."""
        listener = self.listener(api)
        return listener is not None and listener.scope != "off"


def scope_intent(plan: Plan, api: Api) -> Intent:
    """The intent behind an API's scope."""
    listener = plan.listener(api)
    return _SCOPE_INTENTS[listener.scope if listener else "off"]


_SCOPE_INTENTS: dict[Scope, Intent] = {
    "loopback": Intent.THIS_MACHINE,
    "interface": Intent.ONE_INTERFACE,
    "all": Intent.ALL_INTERFACES,
    "internal": Intent.CONTAINERS_ONLY,
    "socket": Intent.GRPC_HERE,
    "off": Intent.CONTAINERS_ONLY,
}
