"""Random Plans by the thousand: the same seed always makes the same ones."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from tests.support.plans import ADDRESSES, ENDINGS, ORIGINS, VERSIONS
from wizard import registry
from wizard.deployment import Deployment
from wizard.exposure.findings.contradictions import contradictions
from wizard.host import Host, Interface
from wizard.placement.resolve import resolve
from wizard.plan import Api, Plan, apply_patch

_LOOPBACK = Interface("lo", "127.0.0.1", 8, "loopback")
_PRIVATE = Interface("eth0", "10.0.0.5", 24, "private")
HOSTS = (
    Host(),
    Host(interfaces=(_LOOPBACK, _PRIVATE)),
    Host(interfaces=(_LOOPBACK, _PRIVATE, Interface("eth0", "fd00::5", 64, "private")), firewall="ufw"),
    Host(interfaces=(_LOOPBACK, _PRIVATE, Interface("eth1", "8.8.8.8", 24, "public")), firewall="firewalld"),
)
WIDER = {
    "off": ("socket", "internal", "loopback", "interface", "all"),
    "socket": ("loopback", "interface", "all"),
    "internal": ("loopback", "interface", "all"),
    "loopback": ("interface", "all"),
    "interface": ("all",),
    "all": (),
}
"""Scope -> the scopes that take in more callers."""


def listener(scope: str, random: Random, host: Host | None = None) -> dict[str, Any]:
    """A Listener with an address where the scope needs one: one of the machine's, where that is named."""
    found: dict[str, Any] = {"scope": scope}
    if scope == "interface":
        found["address"] = random.choice([i.address for i in host.own_addresses] if host else ADDRESSES)
    if scope == "socket":
        found["address"] = "/tmp/x/y.sock"
    if random.random() < 0.3:
        found["port"] = random.randint(1024, 1034)
    return found


def _rule(random: Random) -> dict[str, Any]:
    origins = ["*"] if random.random() < 0.2 else random.sample(ORIGINS, random.choice((0, 0, 1, 2, 3)))
    return {
        "origins": origins,
        "headers": random.sample(("content-type", "authorization", "x-a", "*"), random.randint(0, 3)),
        "methods": random.sample(("GET", "POST", "PUT"), random.randint(0, 3)),
        "credentials": random.random() < 0.3,
        "max_age": random.choice((0, 600, 7200)),
    }


def random_plan(random: Random) -> Plan:
    """A Plan of answers that are each valid; they need not fit together."""
    server = random.choice(registry.names())
    ending = ENDINGS.get(server, "")
    names = random.choice(((), ("m",), ("m",), ("m", "n")))
    data: dict[str, Any] = {
        "server": server,
        "version": random.choice(VERSIONS.get(server, ("",))),
        "models": [{"name": name, "path": f"/models/{name}{ending}"} for name in names],
        "audiences": random.sample(("me", "browser", "web-app", "containers", "lan", "internet"), random.randint(0, 3)),
        "run": {
            "how": random.choice(("docker", "docker", "native")),
            "network": random.choice(("bridge", "bridge", "host")),
        },
        "bind": {},
        "cors": {"inference": _rule(random), "management": _rule(random)},
        "auth": {},
        "tls": {"mode": random.choice(("off", "off", "self-signed"))},
        "gateway": {"kind": random.choice(("auto", "auto", "nginx", "none"))},
    }
    for api in ("inference", "management"):
        token = random.choice(("none", "none", "server-token", "gateway-token", None))
        if token:
            data["auth"][api] = token
    for api in ("inference", "management", "metrics", "grpc", "grpc_management"):
        if random.random() < 0.6:
            data["bind"][api] = listener(random.choice(tuple(WIDER)), random)
    return Plan.model_validate(data)


def _has(scope: str, native: bool, host: Host) -> bool:
    """Whether a machine has what a scope speaks of: a Docker network, an address."""
    return not (native and scope == "internal") and (scope != "interface" or bool(host.own_addresses))


def workable_plan(random: Random, host: Host) -> Plan:
    """A Plan whose answers mostly fit together, of what its server has."""
    plan = random_plan(random)
    adapter = registry.adapter(plan.server)
    apis = [spec.api for spec in adapter.apis]
    own = adapter.abilities(plan.version or adapter.versions[0]).token
    token = random.choice(("none", "gateway-token", "server-token" if own else "none"))
    native = random.random() < 0.25
    usual = [scope for scope in ("off", "internal", "loopback", "interface", "all") if _has(scope, native, host)]
    return apply_patch(
        plan,
        {
            "models": [{"name": "m", "path": f"/models/m{ENDINGS.get(plan.server, '')}"}],
            "run": {"how": "native" if native else "docker", "network": "bridge"},
            "bind": {api: listener(random.choice(usual), random, host) for api in apis if random.random() < 0.7},
            "auth": {"inference": token, "management": token},
            "cors.inference.credentials": False,
            "cors.management.credentials": False,
            "gateway.kind": random.choice(("auto", "auto", "auto", "nginx")),
            **({} if "management" in apis else {"cors.management": {}}),
        },
    )


def random_plans(number: int, seed: int = 1) -> Iterator[tuple[Plan, Host]]:
    """So many Plans, each with a machine to run it on."""
    random = Random(seed)
    for _ in range(number):
        yield random_plan(random), random.choice(HOSTS)


def openings(number: int, seed: int = 1) -> Iterator[tuple[Deployment, Deployment, Api]]:
    """So many pairs of Deployments that work, the second of which has one API open to more callers, and which."""
    random = Random(seed)
    while number:
        host = random.choice(HOSTS)
        before = resolve(workable_plan(random, host), host)
        wider = widened(before.plan, random, host)
        if wider is None or not works(before):
            continue
        after, now = resolve(wider[0], host), before.endpoint(wider[1])
        off = now is None or now.scope != "off" or not now.published  # else it is open already, whatever it says
        if off and works(after):
            number -= 1
            yield before, after, wider[1]


def works(deployment: Deployment) -> bool:
    """Whether nothing in it contradicts itself."""
    return not any(contradictions(deployment))


def widened(plan: Plan, random: Random, host: Host) -> tuple[Plan, Api] | None:
    """The (completed) Plan with one API open to more callers, and which; None where all are open to everyone."""
    apis = [spec.api for spec in registry.adapter(plan.server).apis]
    random.shuffle(apis)
    for api in apis:
        now = plan.listener(api)
        native = plan.run.how == "native"
        choices = [scope for scope in WIDER[now.scope] if _has(scope, native, host)] if now else []
        if now and choices:
            wider = listener(random.choice(choices), random, host)
            wider["port"] = now.port
            return apply_patch(plan, {f"bind.{api}": wider}), api
    return None
