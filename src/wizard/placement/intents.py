"""The intents as Plans: which layer grants each, per server and version, as rows to print and to test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from wizard import servers
from wizard.deployment import Decision, Layer
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import Plan

TITLES = {
    "I1": "only this machine",
    "I2": "one interface of this machine",
    "I3": "all interfaces",
    "I4": "only other containers",
    "I5": "no cross-origin pages",
    "I6": "one origin",
    "I7": "several origins, headers, cookies",
    "I8": "any origin (development only)",
    "I9": "management with a policy of its own",
    "I10": "callers must present a token, browsers included",
    "I11": "TLS",
    "I12": "gRPC on this machine",
    "I13": "several models, versions, labels",
}
_PAGE = "https://app.example"
_OTHER = "https://admin.example"
_LOCAL = {"bind": {"inference": {"scope": "loopback"}}, "auth": {"inference": "none", "management": "none"}}
_ANSWERS: dict[str, dict[str, Any]] = {
    "I1": {"bind": {"inference": {"scope": "loopback"}}},
    "I2": {"bind": {"inference": {"scope": "interface", "address": "10.0.0.5"}}},
    "I3": {"bind": {"inference": {"scope": "all"}}},
    "I4": {"bind": {"inference": {"scope": "internal"}}},
    "I5": {**_LOCAL},
    "I6": {**_LOCAL, "cors": {"inference": {"origins": [_PAGE]}}},
    "I7": {**_LOCAL, "cors": {"inference": {"origins": [_PAGE, _OTHER], "credentials": True}}},
    "I8": {**_LOCAL, "cors": {"inference": {"origins": ["*"]}}},
    "I9": {
        "bind": {"inference": {"scope": "loopback"}, "management": {"scope": "loopback"}},
        "auth": {"inference": "none", "management": "gateway-token"},
        "cors": {"inference": {"origins": [_PAGE]}, "management": {"origins": [_OTHER]}},
    },
    "I10": {
        "bind": {"inference": {"scope": "loopback"}},
        "auth": {"inference": "gateway-token"},
        "cors": {"inference": {"origins": [_PAGE], "headers": ["content-type", "authorization"]}},
    },
    "I11": {**_LOCAL, "tls": {"mode": "self-signed"}},
    "I12": {**_LOCAL, "bind": {"inference": {"scope": "loopback"}, "grpc": {"scope": "loopback"}}},
    "I13": {**_LOCAL, "models": [{"name": "a", "path": "/models/a"}, {"name": "b", "path": "/models/b"}]},
}
HOST = Host(
    interfaces=(
        Interface("lo", "127.0.0.1", 8, "loopback"),
        Interface("lo", "::1", 128, "loopback"),
        Interface("eth0", "10.0.0.5", 24, "private"),
    )
)


@dataclass(frozen=True, slots=True)
class Row:
    """How one server version grants one intent."""

    server: str
    version: str
    how: str
    intent: str
    layer: Layer
    reason: str
    fact: str


def plan_for(intent: str, server: str, version: str = "", how: str = "docker") -> Plan:
    """The smallest Plan that has an intent."""
    data: dict[str, Any] = {
        "server": server,
        "version": version,
        "models": [{"name": "m", "path": "/models/m"}],
        "run": {"how": how},
        **_ANSWERS[intent],
    }
    return Plan.model_validate(data)


def rows(server: str, version: str = "", how: str = "docker") -> Iterator[Row]:
    """One row for each intent."""
    for intent in TITLES:
        deployment = resolve(plan_for(intent, server, version, how), HOST)
        decision = _pick(deployment.decisions, intent)
        yield Row(server, deployment.plan.version, how, intent, decision.layer, decision.reason, decision.fact)


def _pick(found: tuple[Decision, ...], intent: str) -> Decision:
    """The Decision that speaks of the intent; impossible ones first, then the one of the API it is about."""
    api = {"I9": "management", "I12": "grpc"}.get(intent, "inference")
    named = [d for d in found if d.intent == intent]
    refused = [d for d in named if d.layer == "impossible"]
    about = [d for d in (named or list(found)) if d.api == api]
    return next(iter([*refused, *about, *named, *found]))


def markdown() -> str:
    """The support table of the README: the newest version of each server, in Docker and natively."""
    lines = ["| | Intent | " + " | ".join(_heads()) + " |", "|---|---|" + "---|" * len(list(_heads()))]
    columns = [
        {row.intent: row for row in rows(name, how=how)} for name in servers.names() for how in ("docker", "native")
    ]
    for intent, title in TITLES.items():
        cells = " | ".join(column[intent].layer for column in columns)
        lines.append(f"| {intent} | {title} | {cells} |")
    return "\n".join(lines)


def _heads() -> Iterator[str]:
    for name in servers.names():
        for how in ("Docker", "native"):
            yield f"{servers.adapter(name).title}, {how}"
