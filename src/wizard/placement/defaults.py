"""Complete a Plan: every answer that was left out becomes the safest one that does not contradict those given."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from wizard import servers
from wizard.placement.decisions import has_gateway
from wizard.placement.tokens import asked_token, server_token_on
from wizard.plan import Auth, Bind, Listener, Plan, Scope, TokenKind, reachable
from wizard.servers.contract import Abilities, Adapter, ApiSpec

_HIGHEST_PORT = 65_534
"""One below the highest there is, which some servers refuse."""


def complete(plan: Plan) -> Plan:
    """The Plan with nothing left open. Raises WizardError for a server version this program does not know.

    An answer that was not given never contradicts one that was: where the usual default cannot work with the rest,
    the next safest does.
    """
    adapter = servers.adapter(plan.server)
    version = plan.version or adapter.versions[0]
    abilities = adapter.abilities(version)
    found = _with_listeners(plan.model_copy(update={"version": version}), _scopes(plan, adapter, abilities))
    found = found.model_copy(update={"auth": _auth(found, adapter, abilities)})
    return _with_listeners(found, _ports(found, adapter, abilities))


def _with_listeners(plan: Plan, listeners: dict[str, Listener]) -> Plan:
    mentioned = {api: value for api, value in plan.bind if value is not None}
    return plan.model_copy(update={"bind": Bind.model_construct(**{**mentioned, **listeners})})


def _scopes(plan: Plan, adapter: Adapter, abilities: Abilities) -> dict[str, Listener]:
    """A Listener for each API of the server; its port may still be open."""
    found: dict[str, Listener] = {}
    for spec in adapter.apis:
        given = plan.listener(spec.api)
        found[spec.api] = given or _usual(plan, spec, adapter, abilities)
    return found


def _usual(plan: Plan, spec: ApiSpec, adapter: Adapter, abilities: Abilities) -> Listener:
    """The server's safe default; on one socket with an API that was given, and nothing to part them, as there."""
    usual = spec.native_default if outside(plan) else spec.default
    neighbour = _neighbour(plan, spec, adapter)
    if neighbour and usual.scope != "off" and plan.gateway.kind == "none":
        usual = neighbour
    narrow = usual.scope not in ("off", "all", "socket")
    return Listener(scope="all") if narrow and not _can_narrow(plan, spec, abilities) else usual


def outside(plan: Plan) -> bool:
    """Whether the server shares this machine's own network: "off" cannot mean "inside the container only" there."""
    return plan.run.how == "native" or plan.run.network == "host"


def _neighbour(plan: Plan, spec: ApiSpec, adapter: Adapter) -> Listener | None:
    """The Listener that was given for an API that lives on this one's socket."""
    listeners = (plan.listener(each.api) for each in adapter.apis if each.shares_listener_with == spec.api)
    return next((found for found in listeners if found is not None and found.scope != "off"), None)


def _can_narrow(plan: Plan, spec: ApiSpec, abilities: Abilities) -> bool:
    """Whether anything can keep an API to this machine: Docker's publish, the server, or a gateway before it."""
    binds = abilities.binds_grpc if spec.protocol == "grpc" else abilities.binds_http
    isolated = plan.run.how == "native" and plan.gateway.kind != "none" and not abilities.binds_http
    return not outside(plan) or binds or isolated


def _auth(plan: Plan, adapter: Adapter, abilities: Abilities) -> Auth:
    """The tokens that contradict least; of equals the first: the server's own, the gateway's, none."""
    usual = adapter.default_auth(plan.version)
    choices: tuple[TokenKind, ...] = (usual, "gateway-token", "none")
    groups = dict.fromkeys([*Auth.model_fields, *(spec.token_group for spec in adapter.apis if spec.token_group)])
    asked = [[given] if (given := getattr(plan.auth, group, None)) else choices for group in groups]
    pairs = [Auth.model_construct(**dict(zip(groups, each, strict=True))) for each in itertools.product(*asked)]
    return min(pairs, key=lambda pair: _contradictions(plan, pair, adapter, abilities))


def _contradictions(plan: Plan, auth: Auth, adapter: Adapter, abilities: Abilities) -> int:
    """How many rules these break: the server's token is one switch and refuses pages, the gateway's needs one."""
    tried = plan.model_copy(update={"auth": auth})
    reached = [spec for spec in adapter.apis if spec.token_group and reachable(tried, spec.api)]
    asked = [asked_token(tried, spec) for spec in reached]
    on = server_token_on(tried, adapter, abilities)
    alone = plan.gateway.kind == "none"
    pages = any(
        spec.browser_callable and _scope(tried, spec) != "socket" and tried.cors_rule(spec.api).origins
        for spec in reached
    )
    split = on and set(asked) != {"server-token"} and bool(asked)
    refused = alone and on and pages and not abilities.token_preflights
    return split + refused + (asked.count("gateway-token") if alone else 0)


def _ports(plan: Plan, adapter: Adapter, abilities: Abilities) -> dict[str, Listener]:
    """The same Listeners with a port each: the usual one, or the next that no other API has."""
    specs = sorted(adapter.apis, key=lambda spec: spec.shares_listener_with is not None)
    open_ = [spec for spec in specs if _listens(plan, spec)]
    taken = {port for spec in open_ if (port := _port(plan, spec))}
    found: dict[str, Listener] = {}
    for spec in specs:
        listener = plan.listener(spec.api) or spec.default
        owner = found.get(spec.shares_listener_with or "")
        usual = (owner.port if owner else None) or spec.port
        port = listener.port or (_free(usual, taken) if spec in open_ and owner is None else usual)
        found[spec.api] = listener.model_copy(update={"port": port})
        taken |= {port} if spec in open_ else set()
    for spec in open_:
        if spec.shares_listener_with is None or _port(plan, spec) is not None:
            continue
        if has_gateway(_with_listeners(plan, found), adapter, abilities):
            # Behind a gateway each has a port of its own.
            own = _free((found[spec.api].port or spec.port) + 1, taken)
            found[spec.api] = found[spec.api].model_copy(update={"port": own})
    return found


def _scope(plan: Plan, spec: ApiSpec) -> Scope:
    return (plan.listener(spec.api) or spec.default).scope


def _port(plan: Plan, spec: ApiSpec) -> int | None:
    return (plan.listener(spec.api) or spec.default).port


def _listens(plan: Plan, spec: ApiSpec) -> bool:
    """Whether an API takes a port of this machine (or of the gateway)."""
    scope = _scope(plan, spec)
    return scope not in ("off", "socket") or (scope == "off" and spec.always_listens and outside(plan))


def _free(port: int, taken: Iterable[int | None]) -> int:
    used = set(taken)
    return next((p for p in range(port, _HIGHEST_PORT + 1) if p not in used), port)
