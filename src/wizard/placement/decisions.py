"""Which layer grants each wish of a Plan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wizard.deployment import Decision, Layer
from wizard.placement import cors
from wizard.placement.context import Context
from wizard.placement.needs import GATEWAY_FACT
from wizard.plan import Intent, scope_intent
from wizard.servers.contract import ApiSpec
from wizard.servers.facts import Fact

_BROWSER_FACT = "Fetch standard, CORS check; Chromium 156, measured"


def decisions(context: Context) -> tuple[Decision, ...]:
    """One Decision for each wish, per API if that matters."""
    apis = [spec for spec in context.adapter.apis if context.reached(spec)]
    found = [scope_decision(context, spec) for spec in apis]
    found += [_cors_decision(context, spec) for spec in apis if spec.browser_callable]
    found += [*_other_decisions(context)]
    facts = (*_fetched(context), *_engine_lacks(context), *context.adapter.impossible(context.plan))
    found += [Decision(Intent(f.intent or Intent.ALL_INTERFACES), "impossible", f.text, f.evidence) for f in facts]
    return tuple(found)


def _fetched(context: Context) -> Iterator[Fact]:
    """Models that the server should download, but cannot."""
    if context.adapter.models.id_hint:
        return
    for model in context.plan.models:
        if model.id:
            text = f"{context.adapter.title} fetches no models; give {model.name} a path on this machine."
            yield Fact(text, "its command line and configuration, read", "I13")


def _engine_lacks(context: Context) -> Iterator[Fact]:
    """What is asked of the engine, but only another engine can do."""
    engine, plan = context.engine, context.plan
    if context.plan.native or engine.name == "docker":
        return
    if plan.run.gpu:
        text = f"{engine.title} hands graphics cards to containers in a way that is not written here."
        yield Fact(text, f"{engine.title} documentation, --device; not measured", "I14")
    addresses = [each for spec in context.adapter.apis for each in context.listener(spec).addresses]
    if context.plan.bridged and not engine.publishes_ipv6 and any(":" in each for each in addresses):
        text = f"{engine.title} as root publishes at no IPv6 address: its networks have none behind it."
        yield Fact(text, engine.fact, "I2")


def scope_decision(context: Context, spec: ApiSpec) -> Decision:
    """What lets the right callers, and nobody else, connect to an API."""
    intent, scope = scope_intent(context.plan, spec.api), context.listener(spec).scope

    def by(layer: Layer, reason: str, fact: str) -> Decision:
        return Decision(intent, layer, reason, fact, spec.api)

    if scope == "off":
        return _off_decision(context, spec)
    if scope == "socket":
        return _socket_decision(context, spec)
    fact = context.binding_fact(spec)
    if context.gateway:
        return _gateway_decision(context, spec)
    if context.plan.bridged and scope == "internal":
        text = f"Nothing is published; only containers on the same {context.engine.title} network can connect."
        return by("publish", text, context.engine.fact)
    if context.plan.bridged:
        text = (
            f"{context.engine.title} opens the port at the address you chose; "
            "inside the container the server listens everywhere."
        )
        return by("publish", text, context.engine.fact)
    if len(context.listener(spec).addresses) > 1 and context.binds(spec):
        fact = context.abilities.facts["binds_several"]
        return by("native" if context.abilities.binds_several else "impossible", fact.text, fact.evidence)
    return by("native" if context.binds(spec) or scope == "all" else "impossible", fact.text, fact.evidence)


def _gateway_decision(context: Context, spec: ApiSpec) -> Decision:
    intent, fact = scope_intent(context.plan, spec.api), context.binding_fact(spec)
    if context.plan.bridged or context.isolated or context.binds(spec):
        text = "Only the gateway can be reached; the server stands behind it on a network of its own."
        if not (context.plan.bridged or context.isolated):
            text = "The gateway answers there; the server stands behind it, on a loopback port of this machine."
            if context.presented and spec.token_group:
                text = f"{text[:-1]}, and asks there for its own token, which the gateway presents."
        return Decision(intent, "gateway", text, GATEWAY_FACT, spec.api)
    where = "On the host's network" if not context.plan.native else "Without a network namespace"
    text = f"{fact.text} {where} it could be reached beside the gateway."
    return Decision(intent, "impossible", text, fact.evidence, spec.api)


def _off_decision(context: Context, spec: ApiSpec) -> Decision:
    """What keeps everyone away from an API. It is not a wish of its own, so it is not in the list of decisions."""
    intent = scope_intent(context.plan, spec.api)
    if context.plan.bridged:
        return Decision(intent, "publish", "Nothing is published.", context.engine.fact, spec.api)
    if context.isolated:
        return Decision(intent, "gateway", "The gateway does not hand it on.", GATEWAY_FACT, spec.api)
    fact = context.abilities.facts.get("grpc_off", context.binding_fact(spec))
    moved = spec.protocol == "grpc" and context.abilities.grpc_off == "socket"
    layer: Layer = "impossible" if spec.always_listens and not moved else "native"
    return Decision(intent, layer, fact.text, fact.evidence, spec.api)


def _socket_decision(context: Context, spec: ApiSpec) -> Decision:
    abilities, grpc = context.abilities, spec.protocol == "grpc"
    if abilities.grpc_off == "socket" if grpc else abilities.http_socket:
        text = "It listens on a unix socket; file permissions decide who may connect."
        return Decision(Intent.GRPC_HERE, "native", text, context.engine.fact, spec.api)
    fact = abilities.facts.get("grpc_off" if grpc else "http_socket", context.binding_fact(spec))
    return Decision(Intent.GRPC_HERE, "impossible", fact.text, fact.evidence, spec.api)


def _cors_decision(context: Context, spec: ApiSpec) -> Decision:
    rule = context.plan.cors_rule(spec.api)
    intent = cors.intent_of(rule)

    def by(layer: Layer, reason: str, fact: str) -> Decision:
        return Decision(intent, layer, reason, fact, spec.api)

    if intent is Intent.ANY_ORIGIN and rule.credentials:
        return by(
            "impossible",
            'Browsers refuse "any origin" together with cookies, whether the server or a gateway answers.',
            _BROWSER_FACT,
        )
    if context.gateway:
        return by("gateway", "The gateway answers preflights and names each allowed origin.", GATEWAY_FACT)
    problem = cors.native_problem(context, rule, context.token(spec) == "server-token")
    if problem:
        return by("impossible", problem.text, problem.evidence)
    fact = context.abilities.facts["cors_off" if intent is Intent.NO_PAGES else "cors_origins"]
    return by("native", fact.text, fact.evidence)


def _other_decisions(context: Context) -> Iterator[Decision]:
    plan, facts = context.plan, context.abilities.facts
    layer: Layer = "gateway" if context.gateway else "impossible"
    for intent in (Intent.OWN_POLICY, Intent.TOKEN, Intent.TLS):
        yield from (replace(need, layer=layer) for need in context.needs if need.intent is intent)
    main = context.adapter.apis[0]
    if context.abilities.token and context.asked_token(main) == "server-token":
        yield Decision(Intent.TOKEN, "native", facts["token"].text, facts["token"].evidence, main.api)
    if plan.tls.mode != "off" and not any(need.intent is Intent.TLS for need in context.needs):
        fact = facts["tls_http"]
        behind = Decision(Intent.TLS, "gateway", "The gateway encrypts, with TLS 1.2 and 1.3.", GATEWAY_FACT)
        yield behind if context.gateway else Decision(Intent.TLS, "native", fact.text, fact.evidence)
    several = len(plan.models) > 1 or any(model.labels or model.versions != "latest" for model in plan.models)
    if several and "models" in facts:
        yield Decision(Intent.MODELS, "native", facts["models"].text, facts["models"].evidence)
