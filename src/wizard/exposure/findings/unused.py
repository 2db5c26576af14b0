"""Answers that were given but have no effect, because another answer switches them off: one table, one rule.

Keys that are not in the table always have an effect, or are reported elsewhere if they have none: `audiences` by the
callers' findings, versions and labels of models by the server's own package, `bind.API.address` by the Plan itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from wizard import registry
from wizard.deployment import Deployment
from wizard.deployment.common_remedies import GATEWAY_IN_FRONT, not_published
from wizard.deployment.finding import Finding, Remedy
from wizard.exposure.findings.folding import listed
from wizard.exposure.findings.known import finding
from wizard.plan import ByApi, CorsRule, Gateway, Run, Tls
from wizard.servers.contract import ApiSpec
from wizard.severity import Severity


class _Switch(NamedTuple):
    """A reason why answers have no effect."""

    part: str
    """A part of the Plan; `{api}` stands for each API it may apply to."""
    names: tuple[str, ...]
    """Its answers."""
    off: Callable[[Deployment, ApiSpec], str]
    """Why they have no effect, as the part of a sentence after "because"; "" if they have one."""
    usual: Callable[[Deployment, ApiSpec], Any]
    """That part with its default answers, or the one default answer itself."""
    severity: Severity = "low"


def find(deployment: Deployment) -> Iterator[Finding]:
    """The answers that differ from the defaults but change nothing; those with the same reason together."""
    specs = registry.adapter(deployment.plan.server).apis
    for switch in _SWITCHES:
        for spec in specs if "{api}" in f"{switch.part}.{switch.names[0]}" else specs[:1]:
            reason = switch.off(deployment, spec)
            given = list(_given(deployment, switch, spec)) if reason else []
            if given:
                yield _unused(deployment, switch, given, reason)


def _given(deployment: Deployment, switch: _Switch, spec: ApiSpec) -> Iterator[str]:
    """The dotted keys of the answers that differ from the defaults."""
    part = switch.part.format(api=spec.api)
    found: Any = deployment.plan
    for step in part.split("."):
        found = _answer(found, step)
    usual = switch.usual(deployment, spec)
    for name in (each.format(api=spec.api) for each in switch.names):
        if _answer(found, name) not in (getattr(usual, name, usual), None):
            yield f"{part}.{name}"


def _answer(part: Any, name: str) -> Any:
    """The answer of that name in a part of the Plan; None if it has none."""
    return part.of(name) if isinstance(part, ByApi) else getattr(part, name, None)


def _unused(deployment: Deployment, switch: _Switch, given: list[str], reason: str) -> Finding:
    back = Remedy(f"Take the answer{'s' * (len(given) > 1)} back", tuple((key, None) for key in given))
    verbs = "is given and does" if len(given) == 1 else "are given and do"
    found = finding(
        "ANSWER-UNUSED",
        switch.severity,
        remedies=(*_switched_on(deployment, given[0]), back),
        message=f"{listed(given)} {verbs} nothing, because {reason}.",
        subject=given[0],
    )
    return replace(found, cause=given[0])


def _switched_on(deployment: Deployment, key: str) -> Iterator[Remedy]:
    """The change that gives an answer its effect, if nothing more has to be asked."""
    tls = deployment.plan.tls
    if key.startswith("tls.") and tls.certificate and tls.key:
        yield Remedy("Encrypt with this certificate", (("tls.mode", "files"),))
    part, _, api = key.partition(".")
    if part == "auth":
        spec = registry.spec(deployment.plan.server, api)
        if spec.shares_listener_with is None:
            yield not_published(api)
    if key.startswith("gateway."):
        yield GATEWAY_IN_FRONT


def _certificate(deployment: Deployment, _: ApiSpec) -> str:
    tls = deployment.plan.tls
    if tls.mode == "files":
        return ""
    if tls.mode == "off" and bool(tls.certificate) != bool(tls.key):
        missing = "tls.key" if tls.certificate else "tls.certificate"
        return f"a certificate and its private key go together, and {missing} is not given"
    return f'tls.mode is "{tls.mode}"'


def _no_gateway(deployment: Deployment, _: ApiSpec) -> str:
    return "" if deployment.has_gateway else "no gateway is in front of the server"


def _no_name(deployment: Deployment, spec: ApiSpec) -> str:
    """Certificates are made for these names, or are checked against them."""
    return "" if any(each.tls for each in deployment.endpoints) else _no_gateway(deployment, spec)


def _native(deployment: Deployment, _: ApiSpec) -> str:
    return "the server is run without Docker" if deployment.plan.native else ""


def _no_page(deployment: Deployment, spec: ApiSpec) -> str:
    if spec.browser_callable and not deployment.plan.cors_rule(spec.api).origins:
        return f"no page is listed in cors.{spec.api}.origins"
    return ""


def _closed(deployment: Deployment, spec: ApiSpec) -> str:
    endpoint = deployment.endpoint(spec.api)
    if endpoint is None or not spec.browser_callable or not endpoint.closed:
        return ""
    return f"that API is off (bind.{spec.api}.scope)"


def _no_token(deployment: Deployment, spec: ApiSpec) -> str:
    endpoint = deployment.endpoint(spec.api)
    if spec.token_group == spec.api or endpoint is None or endpoint.closed:
        return ""
    own = f"auth.{spec.token_group} holds for it" if spec.token_group else "it can ask for none"
    return f"that API has no token of its own: {own}"


def _no_rule(_: Deployment, spec: ApiSpec) -> str:
    return "" if spec.browser_callable else "that API has no rule for web pages of its own"


def _no_port(deployment: Deployment, spec: ApiSpec) -> str:
    endpoint = deployment.endpoint(spec.api)
    if endpoint is None or endpoint.published or not (endpoint.scope == "socket" or endpoint.closed):
        return ""
    return f'bind.{spec.api}.scope is "{endpoint.scope}"'


def _usual_port(deployment: Deployment, spec: ApiSpec) -> int:
    shared = spec.shares_listener_with
    owner = deployment.plan.listener(shared) if shared else None
    return (owner.port if owner else None) or spec.port


def _part(kind: type) -> Callable[[Deployment, ApiSpec], Any]:
    usual = kind()
    return lambda _, __: usual


_SWITCHES = (
    _Switch("tls", ("certificate", "key"), _certificate, _part(Tls), "medium"),
    _Switch("gateway", ("names",), _no_name, _part(Gateway)),
    _Switch("gateway", ("max_body_mib", "requests_per_second"), _no_gateway, _part(Gateway)),
    _Switch("run", ("engine", "image", "gpu", "network", "packaging"), _native, _part(Run)),
    _Switch("cors.{api}", ("methods", "headers", "credentials", "max_age"), _no_page, _part(CorsRule)),
    _Switch("auth", ("{api}",), _no_token, lambda _, __: "none", "functional"),
    _Switch("cors.{api}", ("origins", "credentials"), _no_rule, _part(CorsRule), "functional"),
    _Switch("cors.{api}", ("origins",), _closed, _part(CorsRule)),
    _Switch("bind.{api}", ("port",), _no_port, _usual_port),
)
