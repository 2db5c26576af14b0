"""Which CORS policy an API can have, and what implements it."""

from __future__ import annotations

from wizard.deployment import CorsAnswers
from wizard.placement.context import Context
from wizard.plan import CorsRule, Intent
from wizard.servers.contract import ApiSpec
from wizard.servers.facts import Fact

_NO_PAGES = CorsAnswers()


def intent_of(rule: CorsRule) -> Intent:
    """The wish behind a rule."""
    if not rule.origins:
        return Intent.NO_PAGES
    if rule.origins == ("*",):
        return Intent.ANY_ORIGIN
    simple = len(rule.origins) == 1 and not rule.credentials
    return Intent.ONE_ORIGIN if simple else Intent.SEVERAL_ORIGINS


def native_problem(context: Context, rule: CorsRule, token: bool) -> Fact | None:
    """Why the server's own CORS cannot express a rule, None if it can. `token`: its own token check is on."""
    abilities = context.abilities
    facts = abilities.facts
    if not rule.origins:
        return None
    if token and not abilities.token_preflights:
        return facts.get("cors_token", facts["cors_origins"])
    able = {"none": (), "any": (("*",),), "one": (("*",), rule.origins[:1])}[abilities.cors_origins]
    if rule.origins not in able:
        return facts["cors_origins"]
    if rule.credentials:
        return facts["cors_credentials"]
    if abilities.cors_methods and not set(rule.methods) <= {*abilities.cors_methods, "HEAD", "GET", "POST"}:
        return facts["cors_methods"]
    if abilities.cors_headers and not set(rule.headers) <= {name.lower() for name in abilities.cors_headers}:
        return facts["cors_headers"]
    return None


def owner(context: Context) -> ApiSpec | None:
    """The API whose rule applies to a server with one policy for all its APIs."""
    return next((spec for spec in context.adapter.apis if spec.browser_callable), None)


def answers(context: Context, spec: ApiSpec) -> CorsAnswers:
    """The policy that an API really has."""
    if spec.protocol == "grpc":
        return _NO_PAGES
    rule = context.plan.cors_rule(spec.api)
    if context.gated(spec):
        return CorsAnswers("gateway", rule.origins, rule.methods, rule.headers, rule.credentials, rule.max_age)
    abilities = context.abilities
    first = owner(context)
    if abilities.cors_shared and first is not None:
        rule = context.plan.cors_rule(first.api)
    if not rule.origins or native_problem(context, rule, False):
        return _NO_PAGES  # nothing is written that the server cannot express
    return CorsAnswers(
        layer="native",
        origins=rule.origins,
        methods=abilities.cors_methods or rule.methods,
        headers=abilities.cors_headers or rule.headers,
    )
