"""Complete a Plan: every missing answer becomes the safest one that does not contradict the given ones."""

from __future__ import annotations

import itertools
from dataclasses import replace

from wizard import registry
from wizard.host import Host
from wizard.placement.context import Context
from wizard.placement.endpoints import moved
from wizard.placement.needs import with_gateway
from wizard.plan import Auth, Bind, Listener, Plan, TokenKind
from wizard.servers.contract import ApiSpec

_ANY_HOST = Host()
"""No default depends on the machine."""
_HIGHEST_PORT = 65_534
"""One below the highest port, which some servers refuse."""


def complete(plan: Plan) -> Plan:
    """The Plan with every answer filled in. Raises WizardError for a server version this program does not know.

    A default never contradicts a given answer: if the usual default cannot work with the rest, the next safest is used.
    """
    adapter = registry.adapter(plan.server)
    version = plan.version or adapter.versions[0]
    known = plan.model_copy(update={"version": version})
    context = Context(known, _ANY_HOST, adapter, adapter.abilities(version))
    context = _with_listeners(context, {spec.api: _listener(context, spec) for spec in adapter.apis})
    auth = _auth(context)
    if auth is not context.plan.auth:
        context = replace(context, plan=context.plan.model_copy(update={"auth": auth}))
    return _with_listeners(context, _ports(context)).plan


def _with_listeners(context: Context, listeners: dict[str, Listener]) -> Context:
    mentioned = {api: value for api, value in context.plan.bind if value is not None}
    if all(mentioned.get(api) is listener for api, listener in listeners.items()):
        return context
    bind = Bind.model_construct(**{**mentioned, **listeners})
    return replace(context, plan=context.plan.model_copy(update={"bind": bind}))


def _listener(context: Context, spec: ApiSpec) -> Listener:
    """The given Listener, else the server's safe default; its port may still be open.

    If the API shares a socket with another API whose Listener was given, and no gateway separates them, it is the same
    as that one.
    """
    plan = context.plan
    given = plan.listener(spec.api)
    if given is not None:
        return given
    usual = spec.default if context.plan.bridged else spec.native_default
    neighbour = _neighbour(context, spec)
    if neighbour and usual.scope != "off" and plan.gateway.kind == "none":
        usual = neighbour
    narrow = usual.scope not in ("off", "all", "socket")
    return Listener(scope="all") if narrow and not _can_narrow(context, spec) else usual


def _neighbour(context: Context, spec: ApiSpec) -> Listener | None:
    """The given Listener of an API that uses this one's socket."""
    sharing = (each for each in context.adapter.apis if each.shares_listener_with == spec.api)
    listeners = (context.plan.listener(each.api) for each in sharing)
    return next((found for found in listeners if found is not None and found.scope != "off"), None)


def _can_narrow(context: Context, spec: ApiSpec) -> bool:
    """Whether anything can keep an API on this machine: Docker's publish, the server, or a gateway in front of it."""
    isolated = context.can_isolate and context.plan.gateway.kind != "none"
    return context.plan.bridged or context.binds(spec) or isolated


def _auth(context: Context) -> Auth:
    """The tokens with the fewest contradictions; if equal, in this order: the server's own, the gateway's, none."""
    adapter, plan = context.adapter, context.plan
    choices: tuple[TokenKind, ...] = (adapter.default_auth(plan.version), "gateway-token", "none")
    mentioned = {group: given for group, given in plan.auth if given is not None}
    groups = dict.fromkeys(spec.token_group for spec in adapter.apis if spec.token_group)
    asked = [[mentioned[group]] if group in mentioned else choices for group in groups]
    if all(len(each) == 1 for each in asked):
        return plan.auth
    best, fewest = plan.auth, len(groups) + len(choices)
    for each in itertools.product(*asked):
        found = Auth.model_construct(**{**mentioned, **dict(zip(groups, each, strict=True))})
        count = _contradictions(context, found)
        if count < fewest:
            best, fewest = found, count
        if not count:
            break
    return best


def _contradictions(context: Context, auth: Auth) -> int:
    """How many rules these tokens break: the server's token is one switch for all APIs and refuses pages, the
    gateway's needs a gateway. A gateway lets preflights pass, but a page would then have to send keys that the server
    makes anew at every start."""
    tried = replace(context, plan=context.plan.model_copy(update={"auth": auth}))
    reached = [spec for spec in context.adapter.apis if spec.token_group and tried.reached(spec)]
    asked = [tried.asked_token(spec) for spec in reached]
    on, alone = tried.server_token, context.plan.gateway.kind == "none"
    pages = [
        spec
        for spec in reached
        if spec.browser_callable and tried.listener(spec).scope != "socket" and tried.plan.cors_rule(spec.api).origins
    ]
    shown = any(tried.asked_token(spec) == "server-token" for spec in pages)
    split = on and bool(asked) and set(asked) != {"server-token"}
    refused = (shown or (alone and on and bool(pages))) and not context.abilities.token_preflights
    return split + refused + (asked.count("gateway-token") if alone else 0)


def _ports(context: Context) -> dict[str, Listener]:
    """The same Listeners with a port each: the default one, or the next that no other API uses."""
    specs = sorted(context.adapter.apis, key=lambda spec: spec.shares_listener_with is not None)
    open_ = [spec for spec in specs if _listens(context, spec)]
    beside = not context.plan.bridged and with_gateway(context).gateway
    taken = {each for spec in open_ if (port := context.listener(spec).port) for each in _used(port, beside)}
    found: dict[str, Listener] = {}
    for spec in specs:
        listener = context.listener(spec)
        owner = found.get(spec.shares_listener_with or "")
        usual = (owner.port if owner else None) or spec.port
        port = listener.port or (_free(usual, taken, beside) if spec in open_ and owner is None else usual)
        found[spec.api] = listener if listener.port == port else listener.model_copy(update={"port": port})
        taken |= _used(port, beside) if spec in open_ else set()
    for spec in open_:
        if spec.shares_listener_with is None or context.listener(spec).port is not None:
            continue
        if with_gateway(_with_listeners(context, found)).gateway:
            # Behind a gateway each has a port of its own.
            own = _free((found[spec.api].port or spec.port) + 1, taken, beside)
            found[spec.api] = found[spec.api].model_copy(update={"port": own})
    return found


def _listens(context: Context, spec: ApiSpec) -> bool:
    """Whether an API uses a port of this machine (or of the gateway)."""
    scope = context.listener(spec).scope
    return scope not in ("off", "socket") or (scope == "off" and spec.always_listens and not context.plan.bridged)


def _used(port: int, beside: bool) -> set[int]:
    """What an API's port takes: natively, a server listens beside its gateway."""
    return {port, moved(port)} if beside else {port}


def _free(port: int, taken: set[int], beside: bool) -> int:
    return next((p for p in range(port, _HIGHEST_PORT + 1) if not _used(p, beside) & taken), port)
