"""The input for every choice of a layer: a completed Plan, the Host, and what the server's version can do."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from wizard.deployment import Decision
from wizard.deployment.engines import Engine, engine
from wizard.host import Host
from wizard.plan import Listener, Plan, TokenKind
from wizard.servers.contract import Abilities, Adapter, ApiSpec
from wizard.servers.facts import Fact


@dataclass(frozen=True)
class Context:
    """The facts of one placement and, once it is known, whether there is a gateway."""

    plan: Plan
    host: Host
    adapter: Adapter
    abilities: Abilities
    needs: tuple[Decision, ...] = ()
    """Wishes that only a gateway grants."""
    gateway: bool = False

    @cached_property
    def engine(self) -> Engine:
        """The engine that starts the containers."""
        return engine(self.plan, self.host)

    @property
    def hidden(self) -> bool:
        """Behind a gateway, no program on this machine can reach the server by its container's address.

        A server that downloads models needs a network with a way out, on which this machine has an address.
        """
        return self.plan.bridged and not self.fetches and self.engine.hides

    @property
    def fetches(self) -> bool:
        """The server downloads a model itself, so it needs a way out of its network."""
        return any(model.id for model in self.plan.models)

    @property
    def can_isolate(self) -> bool:
        """A native server that cannot be bound runs in a network namespace, where only the gateway can reach it."""
        return self.plan.native and self.host.os == "linux" and not self.abilities.binds_http

    @property
    def isolated(self) -> bool:
        """The server runs in such a namespace."""
        return self.gateway and self.can_isolate

    def listener(self, spec: ApiSpec) -> Listener:
        """Who is meant to connect to an API."""
        return self.plan.listener(spec.api) or spec.default

    def reached(self, spec: ApiSpec) -> bool:
        """Whether anybody outside the server's own network is meant to reach an API."""
        return self.plan.reachable(spec.api)

    def gated(self, spec: ApiSpec) -> bool:
        """Whether the gateway answers for an API. A unix socket needs no gateway."""
        return self.gateway and self.reached(spec) and self.listener(spec).scope != "socket"

    def binds(self, spec: ApiSpec) -> bool:
        """Whether the server can listen where it is told to."""
        return self.abilities.binds_grpc if spec.protocol == "grpc" else self.abilities.binds_http

    def binding_fact(self, spec: ApiSpec) -> Fact:
        """The fact about where it listens."""
        return self.abilities.facts["binds_grpc" if spec.protocol == "grpc" else "binds_http"]

    def asked_token(self, spec: ApiSpec) -> TokenKind:
        """The token that is wanted for an API, whether or not the server supports it."""
        found: TokenKind | None = getattr(self.plan.auth, spec.token_group, None) if spec.token_group else None
        return found or "none"

    @cached_property
    def presented(self) -> bool:
        """The gateway presents the server's own token, because others on this machine can reach the server's port.

        A token that the server makes itself is known here only without a container.
        """
        beside = not (self.hidden or self.isolated) and any(
            self.gated(spec) and spec.token_group and self.asked_token(spec) != "server-token"
            for spec in self.adapter.apis
        )
        return beside and self.abilities.token and (self.plan.native or self.abilities.token_given)

    def token(self, spec: ApiSpec) -> TokenKind:
        """What callers of an API really have to present: a server's own token is one switch for all its APIs."""
        asked, gated = self.asked_token(spec), self.gated(spec)
        if spec.token_group is None:
            return "none"
        if asked == "gateway-token" and (gated or not self.gateway):
            return asked
        if gated and self.presented:
            return asked
        return "server-token" if self.server_token else "none"

    @cached_property
    def server_token(self) -> bool:
        """Whether the server's own token check is on: for callers of some API that can be reached, or for the
        gateway."""
        asking = [spec for spec in self.adapter.apis if self.asked_token(spec) == "server-token"]
        reached = [spec for spec in self.adapter.apis if spec.token_group and self.reached(spec)]
        wanted = bool(asking) and (not reached or any(spec in reached for spec in asking))
        return self.presented or (self.abilities.token and wanted)
