"""Which wishes need a gateway, and which layer grants each intent."""

from __future__ import annotations

from wizard.deployment import Decision, Layer
from wizard.placement.tokens import token_of
from wizard.plan import Api, CorsRule, Intent, Plan, reachable, scope_intent
from wizard.servers.contract import Abilities, Adapter, ApiSpec, Fact

DOCKER_FACT = "Docker Engine 20.10, measured (docs/docker-notes.md)"
GATEWAY_FACT = "nginx 1.22, measured (docs/gateway.md)"


def gateway_reasons(plan: Plan, adapter: Adapter, abilities: Abilities) -> tuple[Decision, ...]:
    """Every wish of a completed Plan that only a gateway can grant, with the reason and the fact."""
    found: list[Decision] = []
    for spec in adapter.apis:
        if not reachable(plan, spec.api):
            continue
        if spec.browser_callable:
            found += _cors_reasons(plan, spec.api, _token(plan, spec, adapter, abilities), abilities)
        found += _bind_reasons(plan, spec.api, spec.protocol, abilities)
    found += _auth_reasons(plan, abilities)
    found += _tls_reasons(plan, adapter, abilities)
    found += _metrics_reasons(plan, abilities)
    return tuple(found)


def has_gateway(plan: Plan, adapter: Adapter, abilities: Abilities) -> bool:
    """Whether there will be a gateway: asked for, or needed and not forbidden."""
    if plan.gateway.kind == "auto":
        return bool(gateway_reasons(plan, adapter, abilities))
    return plan.gateway.kind == "nginx"


def _token(plan: Plan, spec: ApiSpec, adapter: Adapter, abilities: Abilities) -> bool:
    """Whether the server itself asks for its token at an API, which it also does where only another API wants it."""
    return token_of(plan, spec, adapter, abilities) == "server-token"


def native_cors_problem(rule: CorsRule, token: bool, abilities: Abilities) -> Fact | None:
    """Why a server's own CORS cannot express a rule, None when it can."""
    facts = abilities.facts
    if not rule.origins:
        return None
    if token and not abilities.token_preflights:
        return facts.get("cors_token", facts["cors_origins"])
    listed = rule.origins != ("*",)
    if listed and (abilities.cors_origins != "one" or len(rule.origins) > 1):
        return facts["cors_origins"]
    if rule.credentials:
        return facts["cors_credentials"]
    if abilities.cors_methods and not set(rule.methods) <= {*abilities.cors_methods, "HEAD", "GET", "POST"}:
        return facts["cors_methods"]
    if abilities.cors_headers:
        allowed = {name.lower() for name in abilities.cors_headers}
        if not set(rule.headers) <= allowed:
            return facts["cors_headers"]
    return None


def _cors_intent(rule: CorsRule) -> Intent:
    if not rule.origins:
        return Intent.NO_PAGES
    if rule.origins == ("*",):
        return Intent.ANY_ORIGIN
    simple = len(rule.origins) == 1 and not rule.credentials
    return Intent.ONE_ORIGIN if simple else Intent.SEVERAL_ORIGINS


def _cors_reasons(plan: Plan, api: Api, token: bool, abilities: Abilities) -> list[Decision]:
    rule = plan.cors_rule(api)
    found: list[Decision] = []
    problem = native_cors_problem(rule, token, abilities)
    if problem:
        found.append(Decision(_cors_intent(rule), "gateway", problem.text, problem.evidence, api))
    shared = abilities.cors_shared and api == "management" and plan.cors.management != plan.cors.inference
    if shared and (rule.origins or plan.cors.inference.origins) and reachable(plan, "inference"):
        fact = abilities.facts["cors_shared"]
        found.append(Decision(Intent.OWN_POLICY, "gateway", fact.text, fact.evidence, api))
    return found


def _bind_reasons(plan: Plan, api: Api, protocol: str, abilities: Abilities) -> list[Decision]:
    """A native server that listens everywhere needs isolation, and with it something in front."""
    listener = plan.listener(api)
    binds = abilities.binds_grpc if protocol == "grpc" else abilities.binds_http
    if plan.run.how != "native" or listener is None or listener.scope in ("all", "socket"):
        return []
    if not binds:
        if abilities.binds_http:
            return []  # only a server none of whose APIs can be bound is isolated; what this means, its adapter says
        fact = abilities.facts["binds_grpc" if protocol == "grpc" else "binds_http"]
        return [Decision(scope_intent(plan, api), "gateway", fact.text, fact.evidence, api)]
    if listener.scope == "interface" and ":" in listener.address and not abilities.binds_ipv6:
        fact = abilities.facts["binds_ipv6"]
        return [Decision(Intent.ONE_INTERFACE, "gateway", fact.text, fact.evidence, api)]
    return []


def _auth_reasons(plan: Plan, abilities: Abilities) -> list[Decision]:
    del abilities
    text = "The server cannot check a token of your choice; the gateway can, and lets preflights pass."
    found = []
    pairs: tuple[tuple[Api, str | None], ...] = (
        ("inference", plan.auth.inference),
        ("management", plan.auth.management),
    )
    for api, kind in pairs:
        related: tuple[Api, ...] = ("inference", "grpc") if api == "inference" else ("management", "grpc_management")
        if kind == "gateway-token" and any(reachable(plan, name) for name in related):
            found.append(Decision(Intent.TOKEN, "gateway", text, GATEWAY_FACT, api))
    return found


def _tls_reasons(plan: Plan, adapter: Adapter, abilities: Abilities) -> list[Decision]:
    if plan.tls.mode == "off":
        return []
    for spec in adapter.apis:
        able = abilities.tls_grpc if spec.protocol == "grpc" else abilities.tls_http
        if reachable(plan, spec.api) and not able:
            fact = abilities.facts["tls_grpc" if spec.protocol == "grpc" else "tls_http"]
            return [Decision(Intent.TLS, "gateway", fact.text, fact.evidence, spec.api)]
    return []


def _metrics_reasons(plan: Plan, abilities: Abilities) -> list[Decision]:
    """Metrics that share the inference port go wherever it goes, unless a gateway parts them."""
    metrics, inference = plan.listener("metrics"), plan.listener("inference")
    if abilities.metrics_port or metrics is None or inference is None or metrics.scope == "off":
        return []
    if (metrics.scope, metrics.address, metrics.port) == (inference.scope, inference.address, inference.port):
        return []
    fact = abilities.facts["metrics_port"]
    return [Decision(Intent.OWN_POLICY, "gateway", fact.text, fact.evidence, "metrics")]


def decisions(plan: Plan, adapter: Adapter, abilities: Abilities, gateway: bool) -> tuple[Decision, ...]:
    """One Decision for each intent this completed Plan has, per API where it matters."""
    found: list[Decision] = []
    reasons = gateway_reasons(plan, adapter, abilities)
    for spec in adapter.apis:
        if reachable(plan, spec.api):
            found.append(_scope_decision(plan, spec.api, spec.protocol, abilities, gateway))
    for spec in adapter.apis:
        if spec.browser_callable and reachable(plan, spec.api):
            token = _token(plan, spec, adapter, abilities)
            found.append(_cors_decision(plan, spec.api, token, abilities, gateway))
    found += _other_decisions(plan, reasons, abilities, gateway)
    found += [
        Decision(_impossible_intent(fact), "impossible", fact.text, fact.evidence) for fact in adapter.impossible(plan)
    ]
    return tuple(found)


def _impossible_intent(fact: Fact) -> Intent:
    return Intent(fact.intent or Intent.ALL_INTERFACES)


def _scope_decision(plan: Plan, api: Api, protocol: str, abilities: Abilities, gateway: bool) -> Decision:
    intent = scope_intent(plan, api)
    bridged = plan.run.how == "docker" and plan.run.network == "bridge"
    listener = plan.listener(api)
    scope = listener.scope if listener else "off"
    binds = abilities.binds_grpc if protocol == "grpc" else abilities.binds_http
    if scope == "socket":
        return _socket_decision(api, protocol, abilities)
    fact = abilities.facts["binds_grpc" if protocol == "grpc" else "binds_http"]
    if gateway and not binds and plan.run.how == "docker" and plan.run.network == "host":
        text = f"{fact.text} On the host's network it could be reached beside the gateway."
        return Decision(intent, "impossible", text, fact.evidence, api)
    if gateway:
        text = "Only the gateway can be reached; the server stands behind it on a network of its own."
        return Decision(intent, "gateway", text, GATEWAY_FACT, api)
    if bridged and scope == "internal":
        text = "Nothing is published; only containers on the same Docker network can connect."
        return Decision(intent, "publish", text, DOCKER_FACT, api)
    if bridged:
        text = "Docker publishes the port; listening everywhere inside the container opens nothing."
        return Decision(intent, "publish", text, DOCKER_FACT, api)
    layer: Layer = "native" if binds or scope == "all" else "impossible"
    return Decision(intent, layer, fact.text, fact.evidence, api)


def _socket_decision(api: Api, protocol: str, abilities: Abilities) -> Decision:
    if abilities.grpc_off == "socket" if protocol == "grpc" else abilities.http_socket:
        text = "It listens on a unix socket; file permissions decide who may connect."
        return Decision(Intent.GRPC_HERE, "native", text, DOCKER_FACT, api)
    grpc = protocol == "grpc"
    fact = abilities.facts.get(
        "grpc_off" if grpc else "http_socket", abilities.facts["binds_grpc" if grpc else "binds_http"]
    )
    return Decision(Intent.GRPC_HERE, "impossible", fact.text, fact.evidence, api)


def _cors_decision(plan: Plan, api: Api, token: bool, abilities: Abilities, gateway: bool) -> Decision:
    rule = plan.cors_rule(api)
    intent = _cors_intent(rule)
    if intent == Intent.ANY_ORIGIN and rule.credentials:
        text = 'Browsers refuse "any origin" together with cookies, whoever answers.'
        return Decision(
            Intent.ANY_ORIGIN, "impossible", text, "Fetch standard, CORS check; Chromium 156, measured", api
        )
    if gateway:
        text = "The gateway answers preflights and names each allowed origin."
        return Decision(intent, "gateway", text, GATEWAY_FACT, api)
    problem = native_cors_problem(rule, token, abilities)
    if problem:
        return Decision(intent, "impossible", problem.text, problem.evidence, api)
    fact = abilities.facts["cors_off" if intent == Intent.NO_PAGES else "cors_origins"]
    return Decision(intent, "native", fact.text, fact.evidence, api)


def _other_decisions(plan: Plan, reasons: tuple[Decision, ...], abilities: Abilities, gateway: bool) -> list[Decision]:
    found: list[Decision] = []
    layer: Layer = "gateway" if gateway else "impossible"
    for intent in (Intent.OWN_POLICY, Intent.TOKEN, Intent.TLS):
        reason = next((r for r in reasons if r.intent == intent), None)
        if reason:
            found.append(Decision(intent, layer, reason.reason, reason.fact, reason.api))
    if plan.auth.inference == "server-token" and abilities.token:
        fact = abilities.facts["token"]
        found.append(Decision(Intent.TOKEN, "native", fact.text, fact.evidence, "inference"))
    if plan.tls.mode != "off" and not any(r.intent == Intent.TLS for r in reasons):
        fact = abilities.facts["tls_http"]
        behind = Decision(Intent.TLS, "gateway", "The gateway encrypts, with TLS 1.2 and 1.3.", GATEWAY_FACT)
        found.append(behind if gateway else Decision(Intent.TLS, "native", fact.text, fact.evidence))
    if "models" in abilities.facts and (
        len(plan.models) > 1 or any(m.labels or m.versions != "latest" for m in plan.models)
    ):
        fact = abilities.facts["models"]
        found.append(Decision(Intent.MODELS, "native", fact.text, fact.evidence))
    return found
