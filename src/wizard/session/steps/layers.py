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


def in_words(decision: Decision, deployment: Deployment) -> tuple[str, str]:
    """A decision of a deployment as a head and what follows it; who does it is named once."""
    if decision.layer == "impossible":
        return "Not possible: ", decision.reason
    named = (*(() if decision.layer == "gateway" else (deployment.engine.title, deployment.title)), "The gateway")
    who = "" if decision.reason.startswith(tuple(f"{name} " for name in named)) else _by(decision, deployment)
    return "How it is done: ", f"{who}{decision.reason}"


def _by(decision: Decision, deployment: Deployment) -> str:
    return f"by {deployment.engine.title}. " if decision.layer == "publish" else _LAYERS[decision.layer]
