"""The intents as Plans: which layer grants each, per server and version, as rows to print and to test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wizard import registry
from wizard.deployment import Decision, Deployment, Layer
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import Api, Intent, Plan
from wizard.servers.titles import api_title

_PAGE = "https://app.example"
_OTHER = "https://admin.example"
_LOCAL = {"bind": {"inference": {"scope": "loopback"}}, "auth": {"inference": "none", "management": "none"}}
_ANSWERS: dict[Intent, dict[str, Any]] = {
    Intent.THIS_MACHINE: {"bind": {"inference": {"scope": "loopback"}}},
    Intent.ONE_INTERFACE: {"bind": {"inference": {"scope": "interface", "address": "10.0.0.5"}}},
    Intent.ALL_INTERFACES: {"bind": {"inference": {"scope": "all"}}},
    Intent.CONTAINERS_ONLY: {"bind": {"inference": {"scope": "internal"}}},
    Intent.NO_PAGES: {**_LOCAL},
    Intent.ONE_ORIGIN: {**_LOCAL, "cors": {"inference": {"origins": [_PAGE]}}},
    Intent.SEVERAL_ORIGINS: {**_LOCAL, "cors": {"inference": {"origins": [_PAGE, _OTHER], "credentials": True}}},
    Intent.ANY_ORIGIN: {**_LOCAL, "cors": {"inference": {"origins": ["*"]}}},
    Intent.OWN_POLICY: {
        "bind": {"inference": {"scope": "loopback"}, "management": {"scope": "loopback"}},
        "auth": {"inference": "none", "management": "gateway-token"},
        "cors": {"inference": {"origins": [_PAGE]}, "management": {"origins": [_OTHER]}},
    },
    Intent.TOKEN: {
        "bind": {"inference": {"scope": "loopback"}},
        "auth": {"inference": "gateway-token"},
        "cors": {"inference": {"origins": [_PAGE], "headers": ["content-type", "authorization"]}},
    },
    Intent.TLS: {**_LOCAL, "tls": {"mode": "self-signed"}},
    Intent.GRPC_HERE: {**_LOCAL, "bind": {"inference": {"scope": "loopback"}, "grpc": {"scope": "loopback"}}},
    Intent.MODELS: {**_LOCAL, "models": [{"name": "a", "path": "/models/a"}, {"name": "b", "path": "/models/b"}]},
}
_DOCKER_FACT = "Docker Engine 20.10, measured (docs/docker-notes.md)"
_READ = "Its files, command lines, containers and processes are read by check, explain, fix and import."
_BESIDE: dict[Intent, dict[str, tuple[Layer, str, str]]] = {
    Intent.WAY_OF_RUNNING: {
        "docker": ("publish", "In Docker each of these is an answer of its own.", _DOCKER_FACT),
        "native": ("native", "A native run supports other ports only; the rest are answers for Docker.", _DOCKER_FACT),
    },
    Intent.IMPORT: dict.fromkeys(("docker", "native"), ("native", _READ, "docs/check.md")),
    Intent.CLUSTER: dict.fromkeys(
        ("docker", "native"),
        (
            "impossible",
            "No manifests are written. Those that exist are read by check, explain and import; Compose is nearest.",
            "docs/check.md",
        ),
    ),
    Intent.SOME_NETWORKS: dict.fromkeys(
        ("docker", "native"),
        (
            "impossible",
            "An API is opened on addresses of this machine, not to a list of callers. Nearest: one interface, a token, "
            "and a firewall of your own; what Docker publishes passes by ufw.",
            _DOCKER_FACT,
        ),
    ),
}
"""Wishes that no answer about an API can express: how each is granted, by the way of running; the same for every
server whose files can be read."""
HOST = Host(
    interfaces=(
        Interface("lo", "127.0.0.1", 8, "loopback"),
        Interface("lo", "::1", 128, "loopback"),
        Interface("eth0", "10.0.0.5", 24, "private"),
    )
)


@dataclass(frozen=True, slots=True)
class IntentRow:
    """How one server version grants one intent."""

    server: str
    version: str
    how: str
    intent: Intent
    layer: Layer
    reason: str
    fact: str


def plan_for(intent: Intent, server: str, version: str = "", how: str = "docker") -> Plan:
    """The smallest Plan with an intent."""
    data: dict[str, Any] = {
        "server": server,
        "version": version,
        "models": [{"name": "m", "path": "/models/m"}],
        "run": {"how": how},
        **_ANSWERS.get(intent, _LOCAL),
    }
    if intent is Intent.TOKEN and _asks_itself(server, version):
        data["auth"] = {"inference": "server-token"}
    return Plan.model_validate(data)


def _asks_itself(server: str, version: str) -> bool:
    """Whether a server can ask for a token that we choose, and pages can present it."""
    adapter = registry.adapter(server)
    abilities = adapter.abilities(version or adapter.versions[0])
    return abilities.token_given and abilities.token_preflights


def rows(server: str, version: str = "", how: str = "docker") -> Iterator[IntentRow]:
    """One row for each intent."""
    for intent in Intent:
        deployment = resolve(plan_for(intent, server, version, how), HOST)
        decision = _pick(deployment, intent)
        yield IntentRow(server, deployment.plan.version, how, intent, decision.layer, decision.reason, decision.fact)


_ABOUT: dict[Intent, Api] = {Intent.OWN_POLICY: "management", Intent.GRPC_HERE: "grpc"}
"""The API that an intent is about, if it is not inference."""


def _pick(deployment: Deployment, intent: Intent) -> Decision:
    """The Decision about the intent: impossible ones first, then the one for the API it is about.

    Nothing can be granted for an API that the server does not have.
    """
    if intent in _BESIDE:
        return _beside(deployment, intent)
    api = _ABOUT.get(intent, "inference")
    named = [d for d in deployment.decisions if d.intent == intent]
    if not named and deployment.endpoint(api) is None:
        return Decision(intent, "impossible", f"{deployment.title} has no {api_title(api)} API.", "", api)
    refused = [d for d in named if d.layer == "impossible"]
    about = [d for d in (named or list(deployment.decisions)) if d.api == api]
    return next(iter([*refused, *about, *named, *deployment.decisions]))


def _beside(deployment: Deployment, intent: Intent) -> Decision:
    if intent is Intent.IMPORT and deployment.plan.server not in {each.server for each in registry.readings()}:
        reason = f"Nothing here reads the files of {deployment.title}."
        return Decision(intent, "impossible", reason, "wizard.servers.contract", "inference")
    layer, reason, fact = _BESIDE[intent][deployment.plan.run.how]
    return Decision(intent, layer, reason, fact, "inference")
