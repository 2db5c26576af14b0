"""How a wish is granted: the decisions behind the current question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wizard.plan.intents import PAGES, SCOPES, Intent
from wizard.session.steps.base import Step
from wizard.session.steps.bind import api_of

if TYPE_CHECKING:
    from wizard.deployment import Decision, Deployment

_LAYERS = {
    "native": "by the server itself. ",
    "gateway": "by a gateway in front of the server. ",
    "impossible": "",
}
_INTENTS = {
    "bind": SCOPES | {Intent.GRPC_HERE},
    "cors": PAGES | {Intent.NO_PAGES, Intent.OWN_POLICY},
}


def how(step: Step, deployment: Deployment) -> tuple[Decision, ...]:
    """The decisions of a step; () if nothing is decided."""
    if step.group in _INTENTS:
        api = api_of(step)
        listener = deployment.plan.listener(api)
        if step.group == "bind" and listener is not None and listener.scope == "off":
            return ()
        return tuple(d for d in deployment.decisions if d.intent in _INTENTS[step.group] and d.api == api)
    if step.id in ("protect.inference", "protect.management"):
        api = api_of(step)
        return tuple(d for d in deployment.decisions if d.intent == Intent.TOKEN and d.api in (api, None))
    if step.id == "protect.tls":
        return tuple(d for d in deployment.decisions if d.intent == Intent.TLS)
    if step.id == "protect.gateway":
        return deployment.gateway_reasons
    return ()


def in_words(decision: Decision) -> tuple[str, str]:
    """A decision as a heading and its text; the layer is named only once."""
    if decision.layer == "impossible":
        return "Not possible: ", decision.reason
    named = decision.layer != "gateway" or decision.reason.startswith("The gateway ")
    who = "" if named and decision.reason.startswith(_says_who()) else _by(decision)
    return "How it is done: ", f"{who}{decision.reason}"


def _by(decision: Decision) -> str:
    if decision.layer == "publish":  # what an engine does is known of that engine, and its name comes first
        return f"by {decision.fact.partition(' ')[0]}. "
    return _LAYERS[decision.layer]


def _says_who() -> tuple[str, ...]:
    """How a reason begins that has already named the layer."""
    from wizard import registry

    return ("Docker ", "Podman ", "The gateway ", *(f"{one.title} " for one in registry.identities()))
