"""Which wishes only a gateway can grant, and therefore whether there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wizard import registry
from wizard.deployment import Decision
from wizard.host import Host
from wizard.placement import cors
from wizard.placement.context import Context
from wizard.plan import Intent, Plan, scope_intent
from wizard.servers.contract import ApiSpec
from wizard.servers.facts import Fact

GATEWAY_FACT = "nginx 1.22, measured (docs/gateway.md)"


def with_gateway(context: Context) -> Context:
    """The same with its needs, and with a gateway if it is asked for, or needed and not forbidden."""
    needs = tuple(_needs(context))
    kind = context.plan.gateway.kind
    return replace(context, needs=needs, gateway=bool(needs) if kind == "auto" else kind == "nginx")


def gateway_needed(plan: Plan, host: Host) -> bool:
    """Whether a completed Plan has a wish that only a gateway grants."""
    adapter = registry.adapter(plan.server)
    return any(_needs(Context(plan, host, adapter, adapter.abilities(plan.version))))


def _needs(context: Context) -> Iterator[Decision]:
    for spec in context.adapter.apis:
        if context.reached(spec):
            yield from _cors(context, spec)
            yield from _bind(context, spec)
    yield from _token(context)
    yield from _tls(context)
    yield from _own_listener(context)


def _need(intent: Intent, fact: Fact, spec: ApiSpec) -> Decision:
    return Decision(intent, "gateway", fact.text, fact.evidence, spec.api)


def _cors(context: Context, spec: ApiSpec) -> Iterator[Decision]:
    if not spec.browser_callable:
        return
    plan, rule = context.plan, context.plan.cors_rule(spec.api)
    problem = cors.native_problem(context, rule, context.token(spec) == "server-token")
    if problem:
        yield _need(cors.intent_of(rule), problem, spec)
    first = cors.owner(context)
    if not context.abilities.cors_shared or first is None or first is spec or not context.reached(first):
        return
    shared = plan.cors_rule(first.api)
    if rule != shared and (rule.origins or shared.origins):
        yield _need(Intent.OWN_POLICY, context.abilities.facts["cors_shared"], spec)


def _bind(context: Context, spec: ApiSpec) -> Iterator[Decision]:
    """A native server that listens everywhere is isolated, and needs something in front of it."""
    listener = context.listener(spec)
    several = len(listener.addresses) > 1 and not context.plan.bridged and context.binds(spec)
    if several and not context.abilities.binds_several:
        yield _need(Intent.ONE_INTERFACE, context.abilities.facts["binds_several"], spec)
    if not context.plan.native or listener.scope in ("all", "socket"):
        return
    if not context.binds(spec):
        if context.can_isolate:
            yield _need(scope_intent(context.plan, spec.api), context.binding_fact(spec), spec)
    elif ":" in listener.address and listener.addresses and not context.abilities.binds_ipv6:
        yield _need(Intent.ONE_INTERFACE, context.abilities.facts["binds_ipv6"], spec)


def _token(context: Context) -> Iterator[Decision]:
    text = "The gateway asks for the token, and lets preflights pass."
    if not context.abilities.token_given:
        text = "The server cannot check a token of your choice; the gateway can, and lets preflights pass."
    asking = [s for s in context.adapter.apis if context.asked_token(s) == "gateway-token" and context.reached(s)]
    for group in sorted({spec.token_group or "" for spec in asking}):
        yield Decision(Intent.TOKEN, "gateway", text, GATEWAY_FACT, group)


def _tls(context: Context) -> Iterator[Decision]:
    if context.plan.tls.mode == "off":
        return
    for spec in context.adapter.apis:
        grpc = spec.protocol == "grpc"
        able = context.abilities.tls_grpc if grpc else context.abilities.tls_http
        if context.reached(spec) and not able:
            yield _need(Intent.TLS, context.abilities.facts["tls_grpc" if grpc else "tls_http"], spec)
            return


def _own_listener(context: Context) -> Iterator[Decision]:
    """An API that shares another's listener is opened with it, unless a gateway separates them."""
    for spec in context.adapter.apis:
        other = next((each for each in context.adapter.apis if each.api == spec.shares_listener_with), None)
        if other is None or not context.reached(spec):
            continue
        mine, shared = context.listener(spec), context.listener(other)
        if (mine.scope, mine.address, mine.port) != (shared.scope, shared.address, shared.port):
            yield _need(Intent.OWN_POLICY, context.abilities.facts["metrics_port"], spec)
